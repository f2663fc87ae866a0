-- Books what has been refunded of a charge in all, where the provider says no more than that: only what the refunds that are
-- known do not come to. private.book_refund takes it up when the provider names the refunds it was made of.
create function private.book_refunded_total(payment public.payments, charge text, total numeric)
    returns text
    set search_path = ''
    language plpgsql
    as $$
declare
    more numeric := book_refunded_total.total - coalesce((
        select sum(refunds.amount)
        from public.refunds
        where refunds.payment_id = payment.id
            and refunds.status in ('pending', 'succeeded')
            and not refunds.disputed
    ), 0);
begin
    if more <= 0 then
        return 'ignored';
    end if;

    insert into public.refunds (payment_id, amount, status, provider_reference)
    values (
        payment.id, more, 'succeeded',
        format('total:%s:%s', book_refunded_total.charge, trim_scale(book_refunded_total.total))
    )
    on conflict on constraint refunds_provider_reference_unique do nothing;
    return case when found then 'refunded' else 'ignored' end;
end;
$$;
