create function public.renew_message(id bigint, worker text)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.renew_message(id, worker);
end;
$$;
comment on function public.renew_message is
    'For workers, with the secret key only: has a message that this worker claimed for another minute. False when it has it no longer. Errors: forbidden.';
grant execute on function public.renew_message to service_role;
