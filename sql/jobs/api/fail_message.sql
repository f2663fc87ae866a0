create function public.fail_message(id bigint, worker text, error text, permanent boolean default false)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.fail_message(id, worker, error, permanent);
end;
$$;
comment on function public.fail_message is
    'For workers, with the secret key only: a message that this worker claimed could not be delivered. It is due again after a wait that grows with each attempt, and is dead after ten, or at once when permanent. False when the worker has it no longer. Errors: forbidden.';
grant execute on function public.fail_message to service_role;
