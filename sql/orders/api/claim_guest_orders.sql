create function public.claim_guest_orders()
    returns integer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.claim_guest_orders();
end;
$$;
comment on function public.claim_guest_orders is
    'Attaches the guest orders of the caller''s confirmed e-mail to the account ends their guest tokens, and returns how many. Errors: unauthenticated, forbidden (e-mail not confirmed).';
grant execute on function public.claim_guest_orders to anon, authenticated, service_role;
