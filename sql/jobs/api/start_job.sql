create function public.start_job(
    job text,
    schedule text,
    worker text,
    scheduled_for timestamptz default null,
    next_at timestamptz default null
)
    returns uuid
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.start_job(job, schedule, worker, scheduled_for, next_at);
end;
$$;
comment on function public.start_job is
    'For workers, with the secret key only: the id of a run that has this job to itself for a minute, to be renewed; null when another worker runs it, or it ran for scheduled_for already. scheduled_for is the time of the schedule, null for a run that somebody asked for; next_at is when it is due next. Errors: forbidden, invalid_input.';
grant execute on function public.start_job to service_role;
