create function public.renew_job(run_id uuid)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.renew_job(run_id);
end;
$$;
comment on function public.renew_job is
    'For workers, with the secret key only: has the job for another minute. False when another worker has it: stop then. Errors: forbidden.';
grant execute on function public.renew_job to service_role;
