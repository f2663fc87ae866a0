alter table public.security_logs enable row level security;
alter table public.audit_logs enable row level security;

grant select on public.security_logs to authenticated;
grant select, insert on public.security_logs to service_role;
grant select on public.audit_logs to authenticated, service_role;

create policy "admins read security logs" on public.security_logs
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins read audit logs" on public.audit_logs
    for select to authenticated
    using ((select private.is_admin()));
