-- Books money that the customer's bank took back, once for each dispute. The caller has locked the order.
create function private.book_lost_dispute(payment public.payments, dispute text, amount numeric, reason text)
    returns text
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into public.refunds (payment_id, amount, reason, status, provider_reference, disputed)
    values (
        payment.id, book_lost_dispute.amount, book_lost_dispute.reason, 'succeeded', book_lost_dispute.dispute, true
    )
    on conflict on constraint refunds_provider_reference_unique do nothing;
    return case when found then 'dispute_lost' else 'ignored' end;
end;
$$;
