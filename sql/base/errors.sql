-- The catalogue of business errors: the code a client sees, its HTTP status and its default message; and of what can be
-- wrong with a field.
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
    ('in_use', 409, 'This is still in use.', null),
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

-- A fault is a JSON array of its code and the code's parameters, such as ["too_long", 200]. The last entry may be an object
-- {"reason": "..."}: words that say it better than those below.
create table private.fault_codes (
    code text primary key,
    reason text not null
);
comment on table private.fault_codes is
    'What can be wrong with a field of invalid_input: codes for programs (hint), words for people (details). %s stands for a parameter, or for all of them.';

insert into private.fault_codes (code, reason)
values
    ('required', 'is required'),
    ('too_long', 'is too long (at most %s characters)'),
    ('too_short', 'is too short (at least %s characters)'),
    ('below', 'must be at least %s'),
    ('above', 'must be at most %s'),
    ('decimals', 'must have at most %s decimals'),
    ('too_many', 'has too many entries (at most %s)'),
    ('one_of', 'must be one of: %s'),
    ('not_number', 'must be a number'),
    ('not_integer', 'must be a whole number'),
    ('not_boolean', 'must be true or false'),
    ('not_object', 'must be an object'),
    ('not_array', 'must be an array'),
    ('not_uuid', 'is not a UUID'),
    ('not_date', 'is not a date or time between the years 1900 and 9999'),
    ('not_email', 'is not an e-mail address'),
    ('not_phone', 'is not a telephone number'),
    ('not_url', 'is not an address that can be linked to'),
    ('pattern', 'must look like %s'),
    ('markup', 'contains HTML or script'),
    ('control', 'contains control characters'),
    ('direction', 'contains characters that change the direction of writing'),
    ('unknown', 'is not known'),
    ('unknown_key', 'is not a known field'),
    ('duplicate', 'is given more than once'),
    ('taken', 'is taken'),
    ('deleted', 'belongs to something that was deleted; restore it'),
    ('in_use', 'is still in use'),
    ('order', 'must come after %s'),
    ('locks_out', 'would lock you out; send confirm to do it all the same'),
    ('unavailable', 'is not available');
