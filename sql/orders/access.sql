alter table public.orders enable row level security;
alter table public.order_items enable row level security;
alter table public.order_status_history enable row level security;
alter table public.order_notes enable row level security;
alter table public.order_origins enable row level security;

grant select, update (status, shipping_address, billing_address, notes) on public.orders to authenticated, service_role;
grant select on public.order_items to authenticated, service_role;
grant select on public.order_status_history to authenticated, service_role;
grant select, insert (order_id, note), delete on public.order_notes to authenticated, service_role;
grant select on public.order_origins to authenticated, service_role;

create policy "customers read their orders" on public.orders
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "admins change orders" on public.orders
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "customers read their order lines" on public.order_items
    for select to authenticated
    using (order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid()))));

create policy "customers read their orders' history" on public.order_status_history
    for select to authenticated
    using (order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid()))));

create policy "admins read order notes" on public.order_notes
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins add order notes" on public.order_notes
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins delete order notes" on public.order_notes
    for delete to authenticated
    using ((select private.is_admin()));

create policy "admins read order origins" on public.order_origins
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins read all orders" on public.orders
    for select to primostore_admin
    using (true);

create policy "admins read all order lines" on public.order_items
    for select to primostore_admin
    using (true);

create policy "admins read all histories" on public.order_status_history
    for select to primostore_admin
    using (true);
