create table public.order_notes (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null references public.orders on delete restrict,
    author_id uuid default auth.uid() references auth.users on delete set null,
    note text not null,
    created_at timestamptz not null default now(),
    constraint order_notes_note_text check (
        char_length(note) between 1 and 2000 and private.is_plain_text(note, multiline => true)
    )
);
create index order_notes_order_id_idx on public.order_notes (order_id, created_at desc);
create index order_notes_author_id_idx on public.order_notes (author_id) where author_id is not null;

comment on table public.order_notes is 'The shop''s own notes on an order. Customers cannot read them.';
