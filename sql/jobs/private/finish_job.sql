-- Keeps the run's job to itself for another minute. False once another worker has it: then it stops.
create function private.renew_job(run_id uuid)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    update private.jobs
    set lease_until = now() + interval '1 minute'
    where jobs.run_id = renew_job.run_id;
    return found;
end;
$$;
grant execute on function private.renew_job to service_role;

-- Ends a run. What it did goes into job_runs; a run that did nothing leaves no row. False where another worker had the job
-- meanwhile.
create function private.finish_job(run_id uuid, status text, details jsonb, error text)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    ended private.jobs;
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(jsonb_build_object(
        'status', case
            when finish_job.status is null then '["required"]'::jsonb
            when finish_job.status not in ('succeeded', 'failed') then '["one_of", "succeeded", "failed"]'
        end,
        'details', case
            when jsonb_typeof(finish_job.details) not in ('object', 'null') then '["not_object"]'::jsonb
        end
    ));

    select *
    into ended
    from private.jobs
    where jobs.run_id = finish_job.run_id
    for update;
    if not found then
        return false;
    end if;

    if finish_job.status = 'failed' or nullif(finish_job.details, 'null') <> '{}' then
        insert into public.job_runs (id, job, status, started_at, finished_at, details, error)
        values (
            ended.run_id, ended.job, finish_job.status, ended.last_started_at, now(), nullif(finish_job.details, 'null'),
            case when finish_job.status = 'failed' then left(coalesce(finish_job.error, 'It did not say why.'), 2000) end
        );
    end if;
    update private.jobs
    set
        run_id = null,
        worker = null,
        lease_until = null,
        last_finished_at = now(),
        last_status = finish_job.status,
        last_error = case when finish_job.status = 'failed' then left(coalesce(finish_job.error, 'It did not say why.'), 2000) end,
        last_success_at = case when finish_job.status = 'succeeded' then now() else jobs.last_success_at end
    where jobs.job = ended.job;
    return true;
end;
$$;
grant execute on function private.finish_job to service_role;
