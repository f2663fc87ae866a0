create function public.complete_message(id bigint)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.complete_message(id);
end;
$$;
comment on function public.complete_message is
    'For workers, with the secret key only: a message was delivered and goes. False when it was gone already. Errors: forbidden.';
grant execute on function public.complete_message to service_role;
