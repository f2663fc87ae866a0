-- Books that a payment came to nothing: status is failed (it may be tried again) or cancelled. Money that came in stays.
-- The caller has locked the order's row.
create function private.fail_payment(due public.orders, payment public.payments, status text)
    returns text
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.is_paid(due.payment_status) then
        return 'ignored';
    end if;

    update public.payments
    set status = fail_payment.status
    where payments.id = payment.id
        and (payments.status = 'pending' or (payments.status = 'failed' and fail_payment.status = 'cancelled'));
    if not found then
        return 'ignored';
    end if;

    update public.orders
    set payment_status = 'failed'
    where orders.id = due.id and orders.payment_status = 'pending';
    return 'failed';
end;
$$;
