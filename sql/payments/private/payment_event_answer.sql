-- What the functions that take a provider's events return; the order's part is null when there is no such order.
create function private.payment_event_answer(result text, order_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select jsonb_build_object(
            'result', payment_event_answer.result,
            'order_id', orders.id,
            'order_status', orders.status,
            'payment_status', orders.payment_status
        )
        from (values (payment_event_answer.order_id)) as asked (id)
        left join public.orders on orders.id = asked.id
    );
end;
$$;
