-- What follows from the moves of a statement, of one order or of five hundred: history, messages, payments, and last the hot rows,
-- in the order in which checkout takes them: coupons, then stock by product.
create function private.follow_order_moves()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller constant uuid := private.caller_id();
    by_shop constant boolean := private.is_service() or private.is_admin();
    moved_ids uuid[];
    cancelled_ids uuid[];
    confirmed_ids uuid[];
begin
    select
        array_agg(after_rows.id),
        array_agg(after_rows.id) filter (where after_rows.status = 'cancelled'),
        array_agg(after_rows.id) filter (where after_rows.status = 'confirmed')
    into moved_ids, cancelled_ids, confirmed_ids
    from after_rows
    inner join before_rows on before_rows.id = after_rows.id
    where after_rows.status <> before_rows.status;

    if moved_ids is null then
        return null;
    end if;

    if not by_shop and exists (
        select
        from after_rows
        inner join before_rows on before_rows.id = after_rows.id
        inner join private.order_transitions as moves
            on moves.from_status = before_rows.status and moves.to_status = after_rows.status
        where after_rows.id = any(moved_ids)
            and not moves.by_customer
            and not (moves.by_payment and private.is_paid(after_rows.payment_status))
    ) then
        perform private.raise_error('forbidden');
    end if;

    -- How it began is written with the first move, so that checkout need not.
    insert into public.order_status_history (order_id, status, actor, created_at)
    select
        before_rows.id,
        before_rows.status,
        case when before_rows.user_id is null then 'guest' else 'customer' end,
        before_rows.placed_at
    from before_rows
    where before_rows.id = any(moved_ids) and before_rows.status = 'pending';

    with told as (
        insert into public.order_status_history (order_id, status, actor, notes)
        select
            after_rows.id,
            after_rows.status,
            case
                -- Nobody's hand: the service, or a payment.
                when private.is_service() or (not by_shop and after_rows.status = 'confirmed') then 'system'
                when caller is null then 'guest'
                when caller = after_rows.user_id then 'customer'
                else 'staff'
            end,
            nullif(current_setting('primostore.status_note', true), '')
        from after_rows
        where after_rows.id = any(moved_ids)
        returning order_status_history.id, order_status_history.actor
    ),

    staff as (
        insert into private.order_status_actors (history_id, user_id)
        select told.id, caller
        from told
        where told.actor = 'staff'
    )

    insert into private.outbox (topic, payload)
    select 'order.' || after_rows.status, jsonb_build_object('order_id', after_rows.id)
    from after_rows
    where after_rows.id = any(moved_ids);

    if cancelled_ids is not null then
        -- A failed one could have been tried again.
        update public.payments
        set status = 'cancelled'
        where payments.order_id = any(cancelled_ids) and payments.status in ('pending', 'failed');

        perform private.mark_refund_due(payments.id, 'order_cancelled')
        from public.payments
        where payments.order_id = any(cancelled_ids)
            and payments.status in ('paid', 'partially_refunded')
            and payments.amount > 0
            and payments.refund_due_at is null;

        perform private.return_coupons(cancelled_ids);
    end if;
    if cancelled_ids is not null or confirmed_ids is not null then
        perform private.lock_stock(array(
            select stock_reservations.product_id
            from public.stock_reservations
            where stock_reservations.order_id = any(cancelled_ids || confirmed_ids)
        ));
    end if;
    if cancelled_ids is not null then
        perform private.return_stock(cancelled_ids);
    end if;
    if confirmed_ids is not null then
        perform private.sell_stock(confirmed_ids);
    end if;
    return null;
end;
$$;
