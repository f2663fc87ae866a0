alter table public.system_settings enable row level security;

grant select, update (value) on public.system_settings to authenticated, service_role;

create policy "admins read settings" on public.system_settings
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins change settings" on public.system_settings
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));
