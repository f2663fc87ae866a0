create function public.cancel_guest_order(order_number text, guest_token text, reason text default null)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.cancel_guest_order(order_number, guest_token, reason);
end;
$$;
comment on function public.cancel_guest_order is
    'Cancels a guest''s order while it is pending or confirmed and returns it as place_order does; null for a wrong or expired token, which is counted. Errors: invalid_input, order_not_cancellable, rate_limited, busy.';
grant execute on function public.cancel_guest_order to anon, authenticated, service_role;
