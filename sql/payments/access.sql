alter table public.payments enable row level security;
alter table public.payment_events enable row level security;
alter table public.refunds enable row level security;

grant select on public.payments to authenticated, service_role;
grant select on public.payment_events to authenticated, service_role;
grant select on public.refunds to authenticated, service_role;

create policy "customers read their payments" on public.payments
    for select to authenticated
    using (order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid()))));

create policy "admins read payment events" on public.payment_events
    for select to authenticated
    using ((select private.is_admin()));

create policy "customers read their refunds" on public.refunds
    for select to authenticated
    using (order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid()))));

create policy "admins read all payments" on public.payments
    for select to primostore_admin
    using (true);

create policy "admins read all refunds" on public.refunds
    for select to primostore_admin
    using (true);
