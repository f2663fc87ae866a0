-- One row for each order beside it: what the shop knows of where it came from, and until when its guest may open it.
create table public.order_origins (
    order_id uuid primary key references public.orders on delete restrict,
    ip_address inet,
    user_agent text,
    guest_access_until timestamptz,
    created_at timestamptz not null default now()
);

comment on table public.order_origins is 'Where an order came from. Customers cannot read it.';
comment on column public.order_origins.ip_address is 'The client''s address; null when no trusted proxy named it.';
comment on column public.order_origins.guest_access_until is
    'Until when the guest''s token opens the order; null for an account''s order, and once the order was claimed. The token itself is derived, never stored.';
