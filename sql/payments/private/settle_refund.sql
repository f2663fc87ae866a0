-- What became of a refund at its provider: status is pending (made, but not settled), succeeded or failed. Repeating it, and
-- news that come late, change nothing: what was settled is not pending again, and what failed stays failed.
create function private.settle_refund(
    refund_id uuid,
    status text,
    provider_reference text default null,
    error text default null
)
    returns public.refunds
    set search_path = ''
    language plpgsql
    as $$
declare
    settled public.refunds;
begin
    perform orders.id
    from public.orders
    inner join public.refunds on refunds.order_id = orders.id
    where refunds.id = settle_refund.refund_id
    for no key update of orders;

    select *
    into settled
    from public.refunds
    where refunds.id = settle_refund.refund_id;
    if settled.id is null then
        perform private.raise_error('not_found', 'There is no such refund.');
    end if;

    update public.refunds
    set status = case
            when refunds.status = 'failed' or settle_refund.status = 'pending' then refunds.status
            else settle_refund.status
        end,
        provider_reference = coalesce(refunds.provider_reference, settle_refund.provider_reference),
        error = case
            when settle_refund.status = 'failed' then coalesce(left(settle_refund.error, 500), refunds.error)
            else refunds.error
        end
    where refunds.id = settled.id
        and (
            refunds.provider_reference is null and settle_refund.provider_reference is not null
            or refunds.status <> 'failed' and settle_refund.status not in ('pending', refunds.status)
        )
    returning * into settled;
    if not found then
        select *
        into settled
        from public.refunds
        where refunds.id = settle_refund.refund_id;
    end if;
    return settled;
end;
$$;
