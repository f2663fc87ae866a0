-- The catalogue of business errors: the code a client sees, its HTTP status and its default message.
create table private.error_codes (
    code text primary key,
    status integer not null,
    message text not null,
    retry_after_seconds integer
);

insert into private.error_codes (code, status, message, retry_after_seconds)
values
    ('unauthenticated', 401, 'Sign in first.', null),
    ('forbidden', 403, 'This is not yours to do.', null),
    ('mfa_required', 403, 'Sign in with a second factor first.', null),
    ('blocked', 403, 'Requests from here are blocked.', null),
    ('not_found', 404, 'There is no such thing.', null),
    ('out_of_stock', 409, 'Some products are not available in the quantity asked for.', null),
    ('product_unavailable', 409, 'Some products are not on sale.', null),
    ('coupon_exhausted', 409, 'This coupon has been used up.', null),
    ('coupon_already_used', 409, 'You have used this coupon already.', null),
    ('invalid_transition', 409, 'The order cannot move to this status.', null),
    ('order_not_cancellable', 409, 'The order can no longer be cancelled.', null),
    ('idempotency_conflict', 409, 'This idempotency key was used for another request.', null),
    ('already_paid', 409, 'The order is paid already.', null),
    ('last_admin', 409, 'The last admin cannot be removed.', null),
    ('invalid_input', 422, 'Some fields are not valid.', null),
    ('cart_empty', 422, 'There is nothing to order.', null),
    ('coupon_invalid', 422, 'There is no such coupon.', null),
    ('coupon_expired', 422, 'This coupon has expired.', null),
    ('coupon_not_started', 422, 'This coupon is not valid yet.', null),
    ('coupon_min_amount', 422, 'The order is too small for this coupon.', null),
    ('shipping_unavailable', 422, 'This shipping method does not serve the address.', null),
    ('payment_method_unavailable', 422, 'This payment method is not offered.', null),
    ('rate_limited', 429, 'Too many requests. Try again later.', 60),
    ('busy', 503, 'Many people are ordering right now. Try again in a moment.', 1);

create function private.raise_error(
    code text,
    message text default null,
    details jsonb default null,
    hint text default null,
    retry_after_seconds integer default null
)
    returns void
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    entry private.error_codes;
begin
    select *
    into strict entry
    from private.error_codes
    where error_codes.code = raise_error.code;

    -- PostgREST turns this SQLSTATE into exactly this answer.
    raise sqlstate 'PGRST' using
        message = jsonb_build_object(
            'code', entry.code,
            'message', coalesce(raise_error.message, entry.message),
            'details', raise_error.details::text,
            'hint', raise_error.hint
        )::text,
        detail = jsonb_build_object(
            'status', entry.status,
            'headers', jsonb_strip_nulls(jsonb_build_object(
                'Retry-After', coalesce(raise_error.retry_after_seconds, entry.retry_after_seconds)::text
            ))
        )::text;
end;
$$;
grant execute on function private.raise_error to anon, authenticated, service_role;

create function private.raise_invalid(faults jsonb)
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if raise_invalid.faults is not null and raise_invalid.faults <> '{}'::jsonb then
        perform private.raise_error('invalid_input', details => raise_invalid.faults);
    end if;
end;
$$;
grant execute on function private.raise_invalid to anon, authenticated, service_role;
