-- Lets one worker run a job, for a minute at a time. Null where another one runs it, or ran it for this time of the schedule
-- already. A run without such a time is one that somebody asked for. A run whose worker vanished is written down as failed.
create function private.start_job(job text, schedule text, worker text, scheduled_for timestamptz, next_at timestamptz)
    returns uuid
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    present private.jobs;
    new_run constant uuid := gen_random_uuid();
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(
        private.job_faults(start_job.job, start_job.schedule)
        || jsonb_build_object('worker', private.text_fault(start_job.worker, 200, required => true))
    );

    insert into private.jobs (job, schedule, enabled)
    values (start_job.job, start_job.schedule, start_job.schedule <> 'off')
    on conflict on constraint jobs_pkey do nothing;
    select *
    into strict present
    from private.jobs
    where jobs.job = start_job.job
    for update;

    if present.lease_until > now() or start_job.scheduled_for <= present.scheduled_for then
        return null;
    end if;

    if present.run_id is not null then
        insert into public.job_runs (id, job, status, started_at, finished_at, error)
        values (
            present.run_id, present.job, 'failed', present.last_started_at, now(),
            format('Its worker (%s) was not heard of any more.', present.worker)
        );
    end if;
    update private.jobs
    set
        schedule = start_job.schedule,
        enabled = start_job.schedule <> 'off',
        next_at = coalesce(start_job.next_at, jobs.next_at),
        scheduled_for = coalesce(start_job.scheduled_for, jobs.scheduled_for),
        run_id = new_run,
        worker = start_job.worker,
        lease_until = now() + interval '1 minute',
        last_started_at = now()
    where jobs.job = start_job.job;
    return new_run;
end;
$$;
grant execute on function private.start_job to service_role;
