alter table public.cart_items enable row level security;

grant select on public.cart_items to authenticated, service_role;

create policy "customers read their cart" on public.cart_items
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "admins read all carts" on public.cart_items
    for select to primostore_admin
    using (true);
