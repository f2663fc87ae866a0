-- What is wrong with what a worker says of a job, an object of field to fault.
create function private.job_faults(job text, schedule text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return jsonb_build_object(
        'job', case
            when job_faults.job is null then '["required"]'::jsonb
            when job_faults.job !~ '^[a-z][a-z0-9_-]{0,49}$' then '["pattern", "release-reservations"]'
        end,
        'schedule', private.text_fault(job_faults.schedule, 100, required => true)
    );
end;
$$;
