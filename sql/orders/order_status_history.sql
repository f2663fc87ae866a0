create table public.order_status_history (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null references public.orders on delete restrict,
    status text not null,
    changed_by uuid references auth.users on delete set null,
    notes text,
    created_at timestamptz not null default clock_timestamp(),
    constraint order_status_history_notes_text check (
        char_length(notes) <= 1000 and private.is_plain_text(notes, multiline => true)
    )
);
create index order_status_history_order_id_idx on public.order_status_history (order_id, created_at desc);
create index order_status_history_changed_by_idx on public.order_status_history (changed_by) where changed_by is not null;

comment on table public.order_status_history is 'Every status an order has had; the customer reads it. Written by trigger.';
comment on column public.order_status_history.notes is 'What was said with the move, for instance why the order was cancelled.';
