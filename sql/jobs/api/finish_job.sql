create function public.finish_job(run_id uuid, status text, details jsonb default null, error text default null)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.finish_job(run_id, status, details, error);
end;
$$;
comment on function public.finish_job is
    'For workers, with the secret key only: ends a run as succeeded or failed. details, an object, is what it did; it is in job_runs when it did something or failed. False when another worker had the job meanwhile. Errors: forbidden, invalid_input.';
grant execute on function public.finish_job to service_role;
