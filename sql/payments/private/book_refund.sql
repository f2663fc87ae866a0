-- Books a refund that the provider made, in whatever order its news come: it is the one with this reference, or ours that the
-- provider names by refund_id, or a part of what was known so far as a total only (see private.book_refunded_total), or a
-- new one. The caller has locked the order. Returns what it came to.
create function private.book_refund(
    payment public.payments,
    status text,
    provider_reference text,
    refund_id uuid,
    amount numeric,
    reason text,
    error text
)
    returns text
    set search_path = ''
    language plpgsql
    as $$
declare
    known public.refunds;
    total public.refunds;
    settled public.refunds;
begin
    select *
    into known
    from public.refunds
    where refunds.provider = payment.provider
        and (
            refunds.provider_reference = book_refund.provider_reference
            or refunds.id = book_refund.refund_id and refunds.provider_reference is null
        )
    order by refunds.provider_reference nulls last
    limit 1;

    if known.id is null then
        select *
        into total
        from public.refunds
        where refunds.payment_id = payment.id
            and refunds.status = 'succeeded'
            and refunds.provider_reference like 'total:%'
        order by refunds.amount = book_refund.amount desc, refunds.created_at, refunds.id
        limit 1;
        if total.amount > book_refund.amount then
            update public.refunds
            set amount = total.amount - book_refund.amount
            where refunds.id = total.id;
        elsif total.id is not null then
            update public.refunds
            set amount = book_refund.amount,
                provider_reference = book_refund.provider_reference
            where refunds.id = total.id
            returning * into known;
        end if;
    end if;

    if known.id is null then
        insert into public.refunds (payment_id, amount, reason, status, provider_reference, error)
        values (
            payment.id, book_refund.amount, book_refund.reason, book_refund.status, book_refund.provider_reference,
            case when book_refund.status = 'failed' then left(book_refund.error, 500) end
        );
        return case book_refund.status when 'succeeded' then 'refunded' else 'refund_' || book_refund.status end;
    end if;

    if known.payment_id <> payment.id or known.amount <> book_refund.amount then
        return 'mismatch';
    end if;
    settled := private.settle_refund(known.id, book_refund.status, book_refund.provider_reference, book_refund.error);
    return case
        when settled.status = known.status then 'ignored'
        when settled.status = 'succeeded' then 'refunded'
        else 'refund_' || settled.status
    end;
end;
$$;
