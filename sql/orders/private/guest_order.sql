create function private.guest_order(order_number text, guest_token text)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    opened uuid := private.open_guest_order(guest_order.order_number, guest_order.guest_token);
begin
    return private.order_document(opened) || jsonb_build_object('history', (
        select coalesce(jsonb_agg(
            jsonb_build_object(
                'status', order_status_history.status,
                'notes', order_status_history.notes,
                'created_at', order_status_history.created_at
            )
            order by order_status_history.created_at
        ), '[]'::jsonb)
        from public.order_status_history
        where order_status_history.order_id = opened
    ));
end;
$$;
grant execute on function private.guest_order to anon, authenticated, service_role;
