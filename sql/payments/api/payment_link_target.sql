create function public.payment_link_target(payment_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.payment_link_target(payment_id);
end;
$$;
comment on function public.payment_link_target is
    'For the edge: what a payment link leads to, {order_number, amount, currency, email (of the customer; null when the account is gone), language (of the order), expires (Unix seconds), template (payment_link.template), status: open, expired, paid or closed}; null when there is no such payment link.';
grant execute on function public.payment_link_target to service_role;
