alter table public.user_profiles enable row level security;
alter table public.user_addresses enable row level security;

-- Nobody with a token changes a role by writing here, their own least of all; workers may.
grant select, update (name, phone) on public.user_profiles to authenticated;
grant select, insert (id, name, phone, role), update (name, phone, role) on public.user_profiles to service_role;

create policy "people read their profile" on public.user_profiles
    for select to authenticated
    using (id = (select auth.uid()));

create policy "people change their profile, admins all" on public.user_profiles
    for update to authenticated
    using (id = (select auth.uid()) or (select private.is_admin()))
    with check (id = (select auth.uid()) or (select private.is_admin()));

-- `id` and `user_id` are there for upserts, which set every column they are given.
grant select, delete on public.user_addresses to authenticated, service_role;
grant insert (
    id, user_id, label, full_name, phone, line1, line2, city, region, postal_code, country,
    is_default_shipping, is_default_billing
) on public.user_addresses to authenticated, service_role;
grant update (
    id, user_id, label, full_name, phone, line1, line2, city, region, postal_code, country,
    is_default_shipping, is_default_billing
) on public.user_addresses to authenticated, service_role;

create policy "customers read their addresses" on public.user_addresses
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "customers add addresses of their own, admins any" on public.user_addresses
    for insert to authenticated
    with check (user_id = (select auth.uid()) or (select private.is_admin()));

create policy "customers change their addresses, admins all" on public.user_addresses
    for update to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()))
    with check (user_id = (select auth.uid()) or (select private.is_admin()));

create policy "customers delete their addresses, admins all" on public.user_addresses
    for delete to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));

create policy "admins read all profiles" on public.user_profiles
    for select to primostore_admin
    using (true);

create policy "admins read all addresses" on public.user_addresses
    for select to primostore_admin
    using (true);
