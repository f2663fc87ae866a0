-- Says that a job exists and when it runs. Its runs stay as they are.
create function private.register_job(job text, schedule text, next_at timestamptz)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(private.job_faults(register_job.job, register_job.schedule));

    insert into private.jobs (job, schedule, enabled, next_at)
    values (register_job.job, register_job.schedule, register_job.schedule <> 'off', register_job.next_at)
    on conflict on constraint jobs_pkey
    do update set schedule = excluded.schedule, enabled = excluded.enabled, next_at = excluded.next_at;
end;
$$;
grant execute on function private.register_job to service_role;
