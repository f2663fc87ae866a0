-- Whether money has come in: for the status of a payment and for the payment_status of an order.
create function private.is_paid(status text)
    returns boolean
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return is_paid.status in ('paid', 'partially_refunded', 'refunded');
end;
$$;
