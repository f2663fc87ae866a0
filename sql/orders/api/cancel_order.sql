create function public.cancel_order(order_id uuid, reason text default null)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.cancel_order(order_id, reason);
end;
$$;
comment on function public.cancel_order is
    'Cancels the caller''s order while it is pending or confirmed (admins: processing too), gives stock and coupon back, and returns the order as place_order does. Errors: unauthenticated, invalid_input, not_found, order_not_cancellable, busy.';
grant execute on function public.cancel_order to anon, authenticated, service_role;
