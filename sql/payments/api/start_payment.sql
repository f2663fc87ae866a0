create function public.start_payment(
    order_id uuid,
    provider text,
    user_id uuid default null,
    guest_token text default null
)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.start_payment(order_id, provider, user_id, guest_token);
end;
$$;
comment on function public.start_payment is
    'For the edge: the payment with which a customer pays an order now, by payment_link or stripe. Whose order it is shows user_id (of a verified token) or guest_token; null when it is not theirs, a wrong token being counted. Repeating it returns the same payment; one that failed is opened again, one that was given up is followed by another, and a link that has expired gets new time (payment_link.valid_hours). The first time the order''s hold is made to last until the link ends, or for checkout.online_hold_minutes more. Returns {payment_id, order_id, order_number, provider, amount, currency, status, provider_reference, expires_at, url}. Errors: invalid_input, payment_method_unavailable (the order is paid in another way, or payment_link.template is not set), already_paid, invalid_transition (details: {status}), out_of_stock (the hold has lapsed and the units are gone), rate_limited, busy.';
grant execute on function public.start_payment to service_role;
