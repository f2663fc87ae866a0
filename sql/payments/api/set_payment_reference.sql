create function public.set_payment_reference(
    payment_id uuid,
    provider_reference text default null,
    url text default null,
    replaces text default null
)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.set_payment_reference(payment_id, provider_reference, url, replaces);
end;
$$;
comment on function public.set_payment_reference is
    'For the edge: stores the provider''s id of a payment that is not paid, and where the customer pays. Only where it has none yet, the same, or the one that is said to be replaced; whatever is stored then is returned, as start_payment does. Errors: invalid_input (also when the id belongs to another payment), not_found, busy.';
grant execute on function public.set_payment_reference to service_role;
