-- What of a refund follows from the rest: whose money it is, and when it was settled. What failed stays failed, because the
-- provider may have told others so.
create function private.fill_refund()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if tg_op = 'INSERT' then
        select payments.order_id, payments.provider
        into new.order_id, new.provider
        from public.payments
        where payments.id = new.payment_id;
    elsif old.status = 'failed' and new.status <> 'failed' or old.status = 'succeeded' and new.status = 'pending' then
        perform private.raise_error(
            'invalid_transition',
            'A refund that was settled is not open again.',
            jsonb_build_object('from', old.status, 'to', new.status)
        );
    end if;
    new.settled_at := case when new.status <> 'pending' then coalesce(new.settled_at, now()) end;
    return new;
end;
$$;
