create table public.order_status_history (
    id uuid primary key default private.next_id(),
    order_id uuid not null references public.orders on delete restrict,
    status text not null,
    actor text not null,
    notes text,
    created_at timestamptz not null default clock_timestamp(),
    constraint order_status_history_actor_known check (actor in ('customer', 'guest', 'staff', 'system')),
    constraint order_status_history_notes_text check (
        char_length(notes) <= 1000 and private.is_plain_text(notes, multiline => true)
    )
);
create index order_status_history_order_id_idx on public.order_status_history (order_id, created_at desc);

comment on table public.order_status_history is
    'Every status an order has had, from its first move on; the customer reads it. Written by trigger. An order that has not moved is pending since orders.placed_at, and has no history yet.';
comment on column public.order_status_history.actor is 'customer | guest | staff | system: who moved it there.';
comment on column public.order_status_history.notes is 'What was said with the move, for instance why the order was cancelled.';

-- Which member of staff made a move: nothing that the customer, who reads the history, is told.
create table private.order_status_actors (
    history_id uuid primary key references public.order_status_history on delete cascade,
    user_id uuid not null
);
comment on table private.order_status_actors is 'The accounts behind actor = staff. No foreign key to them: the history outlives them.';
