alter table public.job_runs enable row level security;

grant select on public.job_runs to authenticated;
grant select, insert, update on public.job_runs to service_role;

create policy "admins read job runs" on public.job_runs
    for select to authenticated
    using ((select private.is_admin()));
