alter table public.shipping_methods enable row level security;

grant select on public.shipping_methods to anon;
grant select, insert, update, delete on public.shipping_methods to authenticated, service_role;

create policy "visitors read active shipping methods" on public.shipping_methods
    for select to anon
    using (is_active);

create policy "customers read active shipping methods, admins all" on public.shipping_methods
    for select to authenticated
    using (is_active or (select private.is_admin()));

create policy "admins add shipping methods" on public.shipping_methods
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change shipping methods" on public.shipping_methods
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete shipping methods" on public.shipping_methods
    for delete to authenticated
    using ((select private.is_admin()));
