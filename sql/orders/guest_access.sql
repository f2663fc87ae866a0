-- Until when a guest may read and cancel an order with its token. The token itself is derived, never stored.
create table private.guest_access (
    order_id uuid primary key references public.orders on delete cascade,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
