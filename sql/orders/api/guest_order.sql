create function public.guest_order(order_number text, guest_token text)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.guest_order(order_number, guest_token);
end;
$$;
comment on function public.guest_order is
    'A guest''s order, as place_order returns it, with its history [{status, notes, created_at}]; null for a wrong or expired token, which is counted. Errors: rate_limited.';
grant execute on function public.guest_order to anon, authenticated, service_role;
