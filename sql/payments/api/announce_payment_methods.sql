create function public.announce_payment_methods(methods text[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.announce_payment_methods(methods);
end;
$$;
comment on function public.announce_payment_methods is
    'For the edge: these ways to pay (stripe) have their keys, so the shop may offer them for an hour. The edge says it at its start and every ten minutes. Errors: forbidden, invalid_input.';
grant execute on function public.announce_payment_methods to service_role;
