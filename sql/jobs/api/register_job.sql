create function public.register_job(job text, schedule text, next_at timestamptz default null)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.register_job(job, schedule, next_at);
end;
$$;
comment on function public.register_job is
    'For workers, with the secret key only: a job exists, runs by this cron expression (or off) and is due next at next_at. Errors: forbidden, invalid_input.';
grant execute on function public.register_job to service_role;
