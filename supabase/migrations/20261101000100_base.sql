-- Composed from sql/base by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/base/extensions.sql

-- `if not exists`: a hosted project may have them already.
create extension if not exists pgcrypto with schema extensions;
create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;
create extension if not exists fuzzystrmatch with schema extensions;

-- sql/base/schemas.sql

-- `public` is the API, `private` does the work and is never exposed.
create schema private;
comment on schema private is 'Rules, secrets and queues behind the API. Never add it to the exposed schemas.';

grant usage on schema public to anon, authenticated, service_role;
grant usage on schema private to anon, authenticated, service_role;

-- Nothing is granted by default, also on older projects that still have Supabase's former defaults.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;

-- sql/base/roles.sql

-- The role that admins' requests run as, once private.pre_request has found them to be admins. It is `authenticated`, and reads
-- every row besides. Plans are kept per role, so what the planner chose for who reads all orders is never run for who reads
-- three; and no policy asks for each row whether it is an admin that reads. A session that does not come through the Data API
-- stays `authenticated`: there an admin reads what customers read.
-- Roles belong to the whole cluster, which may have it from another database.
do $$
begin
    if to_regrole('primostore_admin') is null then
        create role primostore_admin with nologin inherit;
    end if;
end
$$;
grant authenticated to primostore_admin;
grant primostore_admin to authenticator;

-- sql/base/deployment.sql

-- What the place of deployment decides, not the shop: no API role reads either table.
create table private.deployment (
    key text primary key,
    value text not null
);
comment on table private.deployment is
    'client_ip_header: the request header that a trusted proxy sets to the client''s address. Hosted Supabase sets cf-connecting-ip.';

insert into private.deployment (key, value)
values ('client_ip_header', 'cf-connecting-ip');

create table private.secrets (
    name text primary key,
    value bytea not null
);
comment on table private.secrets is
    'Keys made with the database. guest_token: of the guest tokens'' HMAC. edge: of the HMAC with which the edge says who its client is.';

insert into private.secrets (name, value)
values
    ('guest_token', extensions.gen_random_bytes(32)),
    ('edge', extensions.gen_random_bytes(32));

-- sql/base/errors.sql

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

-- sql/base/private/raise_error.sql

-- Answers the request with this business error. Whoever is to wait learns how long: in Retry-After and, because some clients
-- hide headers, in details.
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
    seconds integer;
begin
    select *
    into strict entry
    from private.error_codes
    where error_codes.code = raise_error.code;
    seconds := coalesce(raise_error.retry_after_seconds, entry.retry_after_seconds);

    -- PostgREST turns this SQLSTATE into exactly this answer.
    raise sqlstate 'PGRST' using
        message = jsonb_build_object(
            'code', entry.code,
            'message', coalesce(raise_error.message, entry.message),
            'details', coalesce(
                raise_error.details,
                case when seconds is not null then jsonb_build_object('retry_after', seconds) end
            )::text,
            'hint', raise_error.hint
        )::text,
        detail = jsonb_build_object(
            'status', entry.status,
            'headers', jsonb_strip_nulls(jsonb_build_object('Retry-After', seconds::text))
        )::text;
end;
$$;
grant execute on function private.raise_error to anon, authenticated, service_role;

-- sql/base/private/raise_invalid.sql

-- A fault in words, for people: see private.fault_codes.
create function private.fault_reason(fault jsonb)
    returns text
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        fault_reason.fault -> -1 ->> 'reason',
        (
            select replace(
                fault_codes.reason,
                '%s',
                coalesce(
                    (
                        select string_agg(parameter.value, ', ' order by parameter.position)
                        from jsonb_array_elements_text(fault_reason.fault - 0) with ordinality as parameter (value, position)
                    ),
                    ''
                )
            )
            from private.fault_codes
            where fault_codes.code = fault_reason.fault ->> 0
        )
    );
end;
$$;
grant execute on function private.fault_reason to anon, authenticated, service_role;

-- The same fault, in a sentence of its own: %s stands for the words it has.
create function private.fault_with_reason(fault jsonb, sentence text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when jsonb_typeof(fault_with_reason.fault -> -1) = 'object' then fault_with_reason.fault - (-1)
        else fault_with_reason.fault
    end
        || jsonb_build_object('reason', replace(fault_with_reason.sentence, '%s', private.fault_reason(fault_with_reason.fault)));
end;
$$;
grant execute on function private.fault_with_reason to anon, authenticated, service_role;

-- Fails with invalid_input where there are faults, {field: fault}; fields without one may be null. details has them in
-- words, hint as codes and parameters.
create function private.raise_invalid(faults jsonb)
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    found_faults constant jsonb := jsonb_strip_nulls(raise_invalid.faults);
begin
    if found_faults is null or found_faults = '{}' then
        return;
    end if;

    perform private.raise_error(
        'invalid_input',
        details => (
            select jsonb_object_agg(fault.key, private.fault_reason(fault.value))
            from jsonb_each(found_faults) as fault
        ),
        hint => (
            select jsonb_object_agg(
                fault.key,
                case when jsonb_typeof(fault.value -> -1) = 'object' then fault.value - (-1) else fault.value end
            )
            from jsonb_each(found_faults) as fault
        )::text
    );
end;
$$;
grant execute on function private.raise_invalid to anon, authenticated, service_role;

-- sql/base/private/raise_in_use.sql

-- Fails with in_use where something is in use: {what: how many}; what is used by none may be null or 0.
create function private.raise_in_use(details jsonb)
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    users constant jsonb := (
        select jsonb_object_agg(use.key, use.value)
        from jsonb_each(raise_in_use.details) as use
        where use.value not in ('null', '0')
    );
begin
    if users is not null then
        perform private.raise_error('in_use', details => users);
    end if;
end;
$$;
grant execute on function private.raise_in_use to authenticated, service_role;

-- sql/base/private/set_updated_at.sql

create function private.set_updated_at()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.updated_at := now();
    return new;
end;
$$;

-- sql/base/private/next_id.sql

-- A UUID of version 7 (RFC 9562): the time in milliseconds, then parts of one, then chance; so that new rows meet on the last page
-- of their primary key instead of on a random one. The second half is one of version 4, which has its variant already.
create function private.next_id()
    returns uuid
    volatile
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    milliseconds constant numeric := extract(epoch from clock_timestamp()) * 1000;
begin
    return encode(
        int8send(trunc(milliseconds)::bigint * 65536 + 28672 + trunc(milliseconds % 1 * 4096)::bigint)
        || substr(uuid_send(gen_random_uuid()), 9),
        'hex'
    )::uuid;
end;
$$;
grant execute on function private.next_id to anon, authenticated, service_role;

-- sql/base/private/refuse_change.sql

create function private.refuse_change()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    raise exception '%.% is append-only', tg_table_schema, tg_table_name
        using errcode = '42501', hint = 'Add a row that corrects it instead.';
end;
$$;

-- sql/base/private/blank.sql

-- What people do not see: white space of any kind, and characters without a form of their own.

-- The text without invisible characters: soft hyphens, zero-width ones, marks and overrides of direction, variation
-- selectors, fillers. By code, because character classes depend on the database's locale.
create function private.without_invisible(value text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    -- ASCII has none, and is what most texts are.
    if octet_length(value) = char_length(value) then
        return value;
    end if;
    return regexp_replace(
        value,
        '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164'
            || '\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]',
        '',
        'g'
    );
end;
$$;
grant execute on function private.without_invisible to anon, authenticated, service_role;

-- The text without blanks of any kind at its ends; null when nothing is left that can be seen. Marks of direction and
-- variation selectors at an end stay: they belong to the word or picture before them.
create function private.trimmed(value text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    blanks constant text := E' \t\n\u000b\f\r\u0085\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'
        || E'\u2028\u2029\u202f\u205f\u3000\u00ad\u200b\u2060\ufeff';
    first_code constant integer := ascii(value);
begin
    -- Where the first character is a printable one of ASCII, or a Latin or Arabic letter, there is something to see.
    if first_code between 33 and 126 or first_code between 192 and 591 or first_code between 1568 and 1610 then
        return btrim(value, blanks);
    end if;
    return case when btrim(private.without_invisible(value), blanks) <> '' then btrim(value, blanks) end;
end;
$$;
grant execute on function private.trimmed to anon, authenticated, service_role;

-- Whether there is nothing to see: no text, or blanks and invisible characters only.
create function private.is_blank(value text)
    returns boolean
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.trimmed(value) is null;
end;
$$;
grant execute on function private.is_blank to anon, authenticated, service_role;

-- sql/base/private/has_markup.sql

-- Whether a text holds what browsers read as HTML: an element they know (closed, or open with an attribute), a comment or
-- declaration, or any tag that runs script. What else begins with `<` is text, such as `<M10 x M12>` and `<<Al Amal>>`.
-- CHECK constraints and triggers both call this; strict, since most columns are often null.
create function private.has_markup(value text)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    -- Elements of HTML (old ones too), SVG and MathML.
    elements constant text := 'a|abbr|acronym|address|applet|area|article|aside|audio|b|base|basefont|bdi|bdo|bgsound|big|blink|blockquote'
        || '|body|br|button|canvas|caption|center|cite|code|col|colgroup|command|content|data|datalist|dd|del|details|dfn|dialog|dir|div'
        || '|dl|dt|element|em|embed|fencedframe|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr'
        || '|html|i|iframe|image|img|input|ins|isindex|kbd|keygen|label|legend|li|link|listing|main|map|mark|marquee|math|menu|menuitem'
        || '|meta|meter|multicol|nav|nextid|nobr|noembed|noframes|noscript|object|ol|optgroup|option|output|p|param|picture|plaintext'
        || '|portal|pre|progress|q|rb|rbc|rp|rt|rtc|ruby|s|samp|script|search|section|select|selectedcontent|shadow|slot|small|source'
        || '|spacer|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt'
        || '|u|ul|var|video|wbr|xmp'
        || '|animate|animatemotion|animatetransform|circle|clippath|cursor|defs|desc|discard|ellipse|fe[a-z]+|filter|foreignobject|g|glyph'
        || '|lineargradient|marker|mask|metadata|mpath|path|pattern|polygon|polyline|radialgradient|rect|set|stop|switch|symbol|text'
        || '|textpath|tref|tspan|use|view|line'
        || '|annotation|annotation-xml|maction|menclose|merror|mfenced|mfrac|mglyph|mi|mlabeledtr|mmultiscripts|mn|mo|mover|mpadded'
        || '|mphantom|mprescripts|mroot|mrow|ms|mspace|msqrt|mstyle|msub|msubsup|msup|mtable|mtd|mtext|mtr|munder|munderover|semantics';
begin
    -- Spares nearly every text the regular expressions.
    if position('<' in value) = 0 or value !~ '<[A-Za-z/!?]' then
        return false;
    end if;
    return value ~* '<!|<\?[a-z=]'
        or value ~* '</?(script|style|iframe|object|embed|svg|math|img|link|meta|base|form|html|body)($|[^a-z0-9:._-])'
        or value ~* ('</?(' || elements || ')(/|\s[^>]*|/[^>]*)?>')
        or value ~* ('<(' || elements || ')[\s/][^>]*=')
        -- A browser runs the handlers of elements that it does not know, too.
        or value ~* '<[a-z][^>]*[\s/"'']on[a-z]+\s*=';
end;
$$;
grant execute on function private.has_markup to anon, authenticated, service_role;

-- sql/base/private/text.sql

-- What else text from people may not hold, beside markup. CHECK constraints and triggers both call these; strict, since most
-- columns are often null.

create function private.has_control_characters(value text, multiline boolean default false)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when multiline then value ~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]'
        else value ~ '[\u0001-\u001f\u007f-\u009f]'
    end;
end;
$$;
grant execute on function private.has_control_characters to anon, authenticated, service_role;

-- Overrides and isolates of the direction of writing: "Thé" and "gpj.exe" behind one of them reads "Thé exe.jpg".
create function private.has_direction_overrides(value text)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return octet_length(value) > char_length(value) and value ~ '[\u202a-\u202e\u2066-\u2069]';
end;
$$;
grant execute on function private.has_direction_overrides to anon, authenticated, service_role;

create function private.is_plain_text(value text, multiline boolean default false)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return not private.has_markup(value)
        and not private.has_control_characters(value, multiline)
        and (multiline or not private.has_direction_overrides(value));
end;
$$;
grant execute on function private.is_plain_text to anon, authenticated, service_role;

-- sql/base/private/currency_decimals.sql

-- Decimals of a currency's own unit, by ISO 4217: 0 for the yen, 3 for the Tunisian dinar, else 2. Amounts are kept in
-- numeric(10, 2), so a store's currency may have 0 or 2.
create function private.currency_decimals(currency text)
    returns integer
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when currency_decimals.currency in (
            'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'
        ) then 0
        when currency_decimals.currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        when currency_decimals.currency in ('CLF', 'UYW') then 4
        else 2
    end;
end;
$$;
grant execute on function private.currency_decimals to anon, authenticated, service_role;

-- sql/base/private/is_simple_text.sql

-- Whether a text holds only what nobody needs to look at twice: no `<`, no backslash, no control characters, no blanks but the
-- plain one, nothing invisible. Spares most texts the rules of private.text_fault.
create function private.is_simple_text(value text)
    returns boolean
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return value !~ (
        '[<\\\u0001-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f'
        || '\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]'
    );
end;
$$;
grant execute on function private.is_simple_text to anon, authenticated, service_role;

-- sql/base/private/faults.sql

-- What is wrong with a value, as the fault of its field in `invalid_input` (see private.fault_codes); null when nothing is.

-- A text of blanks and invisible characters only is none. What people send is trimmed first: private.trimmed.
create function private.text_fault(
    value text,
    max_length integer,
    required boolean default false,
    multiline boolean default false
)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    -- Nearly every text: letters, digits and punctuation of ASCII, Latin and Arabic, without `<`. One look, and no calls.
    if value ~ '^[!-;=-~\u00c0-\u024f\u0620-\u064a][ -;=-~\u00c0-\u024f\u0620-\u064a\u0660-\u0669]*$'
        and char_length(value) <= max_length
    then
        return null;
    end if;
    return case
        when private.is_blank(value) then case when required then '["required"]'::jsonb end
        when char_length(value) > max_length then jsonb_build_array('too_long', max_length)
        when private.has_control_characters(value, multiline) then '["control"]'
        when not multiline and private.has_direction_overrides(value) then '["direction"]'
        when private.has_markup(value) then '["markup"]'
    end;
end;
$$;
grant execute on function private.text_fault to anon, authenticated, service_role;

-- No mail reaches an address with an invisible character in it.
create function private.email_fault(value text, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, 254, required),
        case
            when value !~ '^[^@\s<>"(),:;\\\[\]]+@[^@\s<>"(),:;\\\[\]]+\.[^@\s<>"(),:;\\\[\].]+$'
                or private.without_invisible(value) <> value
                then '["not_email"]'::jsonb
        end
    );
end;
$$;
grant execute on function private.email_fault to anon, authenticated, service_role;

-- A country as clients may write it; it is kept in capitals, without the blanks around it.
create function private.country_fault(value text, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when private.is_blank(value) then case when required then '["required"]'::jsonb end
        when private.trimmed(value) !~ '^[A-Za-z]{2}$' then '["pattern", "MA", {"reason": "is not an ISO country code of two letters"}]'
    end;
end;
$$;
grant execute on function private.country_fault to anon, authenticated, service_role;

-- Times that clients can read back; PostgreSQL's own reach from 4713 BC to 294276 and infinity.
create function private.date_fault(value timestamptz, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null then case when required then '["required"]'::jsonb end
        when value < '1900-01-01 00:00:00+00' or value >= '10000-01-01 00:00:00+00' then '["not_date"]'
    end;
end;
$$;
grant execute on function private.date_fault to authenticated, service_role;

-- A whole number, as a column of type bigint takes it.
create function private.integer_fault(
    value bigint,
    minimum bigint default 0,
    maximum bigint default 2147483647,
    required boolean default false
)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null then case when required then '["required"]'::jsonb end
        when value < minimum then jsonb_build_array('below', minimum)
        when value > maximum then jsonb_build_array('above', maximum)
    end;
end;
$$;
grant execute on function private.integer_fault to anon, authenticated, service_role;

-- sql/base/private/markdown_fault.sql

-- Markdown may link, but only to where a reader can be sent.

-- The scheme of a link's target as a browser reads it after Markdown did, in lower case: entities and backslash escapes are
-- read, blanks and control characters dropped; null for a relative address.
create function private.link_scheme(target text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    decoded text := target;
begin
    if decoded ~ '[&\\]' then
        decoded := (
            select string_agg(
                case
                    -- Only ASCII can be part of a scheme, so whatever else an entity stands for is no matter.
                    when part.text[1] ~* '^&#x0*([1-7][0-9a-f]|[1-9a-f]);?$'
                        then chr(get_byte(decode(lpad(substring(part.text[1] from '(?i)x0*([0-9a-f]+)'), 2, '0'), 'hex'), 0))
                    when part.text[1] ~ '^&#0*([1-9]|[1-9][0-9]|1[01][0-9]|12[0-7]);?$'
                        then chr(substring(part.text[1] from '[1-9][0-9]*')::integer)
                    when lower(part.text[1]) = '&colon;' then ':'
                    when lower(part.text[1]) = '&period;' then '.'
                    when lower(part.text[1]) = '&plus;' then '+'
                    when lower(part.text[1]) in ('&tab;', '&newline;', '&nbsp;') then ' '
                    when part.text[1] ~ '^\\.' then substr(part.text[1], 2)
                    else part.text[1]
                end,
                '' order by part.position
            )
            from regexp_matches(decoded, '&#x[0-9a-f]+;?|&#[0-9]+;?|&[a-z]+;|\\[!-/:-@[-`{-~]|[^&\\]+|.', 'gi')
                with ordinality as part (text, position)
        );
    end if;
    return substring(
        lower(regexp_replace(private.without_invisible(decoded), '[\u0001-\u0020\u007f-\u00a0\u2000-\u200a\u202f\u3000]', '', 'g'))
        from '^([a-z][a-z0-9+.-]*):.'
    );
end;
$$;

-- What is wrong with a text in Markdown; null when nothing is. Links, pictures, reference definitions and autolinks may go to
-- http, https, mailto, tel and relative addresses. Elements of HTML are refused everywhere, code spans included: what a
-- renderer takes for code is not for the database to know.
create function private.markdown_fault(value text, max_length integer, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    fault jsonb;
begin
    if value is null or position('<' in value) = 0 and position(']' in value) = 0 then
        return private.text_fault(value, max_length, required, multiline => true);
    end if;

    -- Autolinks aside, because an address may hold what would be an attribute in a tag.
    fault := case
        when char_length(value) > max_length then jsonb_build_array('too_long', max_length)
        else private.text_fault(
            regexp_replace(value, '<(https?://|mailto:|tel:)[^\s<>]*>', '<>', 'gi'),
            max_length,
            required,
            multiline => true
        )
    end;
    if fault is null and exists (
        select
        from (
            -- What follows each `](` and `]:`, so that no link hides in the target of another.
            select coalesce(substring(after.piece from '^\s*<([^>\n]*)'), substring(after.piece from '^\s*(\S+)')) as target
            from regexp_split_to_table(value, '\][(:]') with ordinality as after (piece, position)
            where after.position > 1
            union all
            select link.target[1]
            from regexp_matches(value, '<([A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*)>', 'g') as link (target)
        ) as links
        where private.link_scheme(links.target) not in ('http', 'https', 'mailto', 'tel')
    ) then
        fault := '["markup"]';
    end if;
    return fault;
end;
$$;
grant execute on function private.markdown_fault to authenticated, service_role;

-- sql/base/private/phone.sql

-- Telephone numbers are what people write: "(0522) 27-00-00", "+212 (0)6 61 00 00 00", "٠٦٦١٠٠٠٠٠٠".

-- The text with the digits of every script as those of ASCII.
create function private.ascii_digits(value text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    -- The zero of each script; the other nine digits follow it in Unicode.
    zeros constant text := u&'\0660\06F0\07C0\0966\09E6\0A66\0AE6\0B66\0BE6\0C66\0CE6\0D66\0DE6\0E50\0ED0\0F20\1040\1090\17E0\1810'
        || u&'\1946\19D0\1A80\1A90\1B50\1BB0\1C40\1C50\A620\A8D0\A900\A9D0\A9F0\AA50\ABF0\FF10\+0104A0\+010D30\+011066\+0110F0'
        || u&'\+011136\+0111D0\+0112F0\+011450\+0114D0\+011650\+0116C0\+011730\+0118E0\+011950\+011C50\+011D50\+011DA0\+016A60'
        || u&'\+016AC0\+016B50\+01D7CE\+01D7D8\+01D7E2\+01D7EC\+01D7F6\+01E140\+01E2F0\+01E950\+01FBF0';
begin
    if octet_length(value) = char_length(value) then
        return value;
    end if;
    -- Those of the shop's own languages, without looking at each character.
    value := translate(value, u&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9',
        '01234567890123456789');
    if octet_length(value) = char_length(value) then
        return value;
    end if;
    return (
        select string_agg(
            coalesce(
                (
                    select (ascii(letter.value) - ascii(zero.value))::text
                    from string_to_table(zeros, null) as zero (value)
                    where ascii(letter.value) between ascii(zero.value) and ascii(zero.value) + 9
                ),
                letter.value
            ),
            '' order by letter.position
        )
        from string_to_table(value, null) with ordinality as letter (value, position)
    );
end;
$$;
grant execute on function private.ascii_digits to authenticated, service_role;

-- The number as it is kept: without invisible marks, digits, dashes and blanks as those of ASCII; null when nothing is left.
create function private.clean_phone(value text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    if value ~ '^[+0-9-]+$' then
        return value;
    end if;
    if octet_length(value) > char_length(value) then
        -- Also the full-width forms of `+`, brackets and dots. What is far too long is refused, so it need not be read.
        value := normalize(private.without_invisible(left(value, 200)), nfkc);
        value := translate(value, u&'\2010\2011\2012\2013\2014\2015\2212\2044\2215', '-------//');
        value := regexp_replace(value, '[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]', ' ', 'g');
        value := private.ascii_digits(value);
    end if;
    return nullif(btrim(regexp_replace(value, '\s+', ' ', 'g')), '');
end;
$$;
grant execute on function private.clean_phone to authenticated, service_role;

-- What is wrong with a telephone number, cleaned or not; null when nothing is.
create function private.phone_fault(value text, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    cleaned text;
begin
    if value ~ '^\+?[0-9]{6,15}$' then
        return null;
    end if;
    cleaned := private.clean_phone(value);
    return case
        when cleaned is null then case when required then '["required"]'::jsonb end
        when char_length(cleaned) > 40 then '["too_long", 40]'
        when cleaned !~ '^[( ]*\+?[0-9 ()./-]+$' or char_length(regexp_replace(cleaned, '[^0-9]', '', 'g')) not between 6 and 15
            then '["not_phone"]'
    end;
end;
$$;
grant execute on function private.phone_fault to authenticated, service_role;

-- sql/base/private/amount_fault.sql

-- Amounts are in the store's currency, and so to its own unit: nothing is rounded in silence.

-- Decimals of the store's currency: 2 or 0.
create function private.store_decimals()
    returns integer
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.currency_decimals(private.setting_text('store.currency'));
end;
$$;
grant execute on function private.store_decimals to anon, authenticated, service_role;

-- The smallest amount above nothing: 0.01, or 1 where the currency has no decimals.
create function private.smallest_amount()
    returns numeric
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case private.store_decimals() when 0 then 1 else 0.01 end;
end;
$$;
grant execute on function private.smallest_amount to authenticated, service_role;

-- What is wrong with an amount; null when nothing is. The maximum is what the columns hold.
create function private.amount_fault(
    amount numeric,
    minimum numeric default 0,
    required boolean default false,
    maximum numeric default 99999999.99
)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when amount is null then case when required then '["required"]'::jsonb end
        when amount < minimum then jsonb_build_array('below', minimum)
        -- NaN and infinity are above every number.
        when amount > maximum then jsonb_build_array('above', maximum)
        -- Whole amounts suit every currency, and spare the look-up.
        when scale(trim_scale(amount)) > 0 and scale(trim_scale(amount)) > private.store_decimals()
            then jsonb_build_array('decimals', private.store_decimals())
    end;
end;
$$;
grant execute on function private.amount_fault to anon, authenticated, service_role;

-- sql/base/private/request.sql

-- What PostgREST tells about the request. After a transaction its settings are empty strings, not null.

create function private.request_header(name text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return nullif(current_setting('request.headers', true), '')::json ->> lower(request_header.name);
end;
$$;
grant execute on function private.request_header to anon, authenticated, service_role;

-- All headers at once, for who reads several. Headers with characters that the database cannot hold tell nothing, so they
-- are as none.
create function private.request_headers()
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    said constant text := nullif(current_setting('request.headers', true), '');
begin
    -- Only escapes can stand for what no text can hold; without one there is nothing to catch, which takes its time.
    if strpos(said, '\u') = 0 then
        return said::jsonb;
    end if;

    begin
        return said::jsonb;
    exception
        when data_exception then
            return null;
    end;
end;
$$;

create function private.request_id()
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return substring(private.request_header('x-request-id') from '^[A-Za-z0-9._:-]{1,128}$');
end;
$$;
grant execute on function private.request_id to anon, authenticated, service_role;

-- A path with its escapes read; as it came where they are no text, and so no path of the API.
create function private.unescaped_path(path text)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select convert_from(string_agg(
            case
                when part.text[1] ~ '^%..' then decode(substr(part.text[1], 2), 'hex')
                else convert_to(part.text[1], 'UTF8')
            end,
            '' order by part.position
        ), 'UTF8')
        from regexp_matches(unescaped_path.path, '%[0-9A-Fa-f]{2}|%|[^%]+', 'g') with ordinality as part (text, position)
    );
exception
    when character_not_in_repertoire then
        return unescaped_path.path;
end;
$$;

-- The path after the API's prefix, such as /rpc/place_order; null when there is none. PostgREST passes it as it came and
-- reads it unescaped itself, and some servers forgive slashes around it: /rpc/place%5Forder/ is the same path.
create function private.request_path()
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    path text := current_setting('request.path', true);
begin
    if position('%' in path) > 0 then
        path := private.unescaped_path(path);
    end if;
    return '/' || nullif(btrim(path, '/'), '');
end;
$$;

-- The client that the edge names in x-primostore-client (v1;ip=…;t=<Unix seconds>;sig=<hex>), because the address that
-- reaches Supabase is the edge's own. Bound to the request's id and good for ten minutes; null when it is missing, late or
-- not signed with the key that the edge and the database share.
create function private.edge_client_ip(said text, request_id text)
    returns inet
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    parts text[];
    signature text;
begin
    if length(said) > 200 then
        return null;
    end if;
    -- Without bounds such as {64}, which take ten times as long.
    parts := regexp_match(said, '^v1;ip=([0-9A-Fa-f:.]+);t=([0-9]+);sig=([0-9A-Fa-f]+)$');
    if parts is null or abs(extract(epoch from now()) - parts[2]::numeric) > 600 then
        return null;
    end if;

    select encode(
        extensions.hmac(
            convert_to(
                concat_ws('|', 'v1', parts[1], parts[2], coalesce(substring(request_id from '^[A-Za-z0-9._:-]{1,128}$'), '')),
                'UTF8'
            ),
            secrets.value,
            'sha256'
        ),
        'hex'
    )
    into signature
    from private.secrets
    where secrets.name = 'edge';

    -- Digests are compared, so the time it takes says nothing about the signature.
    if sha256(convert_to(signature, 'UTF8')) = sha256(convert_to(lower(parts[3]), 'UTF8')) then
        return parts[1]::inet;
    end if;
    return null;
end;
$$;

-- The client's address by these headers: what the edge says and signs, else the one header that a trusted proxy sets; null
-- when it is missing or no address. X-Forwarded-For is never read: its first entry is the client's own word.
create function private.client_ip_in(headers jsonb, trusted_header text)
    returns inet
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    said constant text := headers ->> 'x-primostore-client';
    trusted constant text := btrim(headers ->> trusted_header);
    ip inet;
begin
    if said is null and trusted is null then
        return null;
    end if;

    begin
        if said is not null then
            ip := private.edge_client_ip(said, headers ->> 'x-request-id');
        end if;
        -- 0.0.0.0 is the edge's word for an address that nobody knows.
        return nullif(coalesce(ip, trusted::inet), '0.0.0.0');
    exception
        when data_exception then
            return null;
    end;
end;
$$;

create function private.client_ip()
    returns inet
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    headers jsonb := private.request_headers();
begin
    if headers is null then
        return null;
    end if;
    return private.client_ip_in(headers, (
        select lower(deployment.value)
        from private.deployment
        where deployment.key = 'client_ip_header'
    ));
end;
$$;
grant execute on function private.client_ip to anon, authenticated, service_role;

-- sql/base/private/caller.sql

-- Who calls. The database role is the identity: it stays what PostgREST set also inside SECURITY DEFINER functions,
-- where current_user is the owner.

create function private.caller_role()
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(nullif(current_setting('role', true), 'none'), session_user::text);
end;
$$;
grant execute on function private.caller_role to anon, authenticated, service_role;

create function private.caller_id()
    returns uuid
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case when private.caller_role() in ('authenticated', 'primostore_admin') then auth.uid() end;
end;
$$;
grant execute on function private.caller_id to anon, authenticated, service_role;

-- Whether there is such an account. A token outlives its own.
create function private.account_exists(user_id uuid)
    returns boolean
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select
        from auth.users
        where users.id = account_exists.user_id
    );
end;
$$;
grant execute on function private.account_exists to anon, authenticated, service_role;

create function private.require_user()
    returns uuid
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    caller constant uuid := private.caller_id();
begin
    if caller is null or not private.account_exists(caller) then
        perform private.raise_error('unauthenticated');
    end if;
    return caller;
end;
$$;
grant execute on function private.require_user to anon, authenticated, service_role;

-- For tables of people's own rows: whose account is gone is told to sign in, rather than of a foreign key.
create function private.require_account()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if new.user_id = private.caller_id() and not private.account_exists(new.user_id) then
        perform private.raise_error('unauthenticated');
    end if;
    return new;
end;
$$;

-- The secret key, or a direct connection of the database's owner: a worker or a DBA, not a person with a session.
create function private.is_service()
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.caller_role() in ('service_role', 'postgres', 'supabase_admin');
end;
$$;
grant execute on function private.is_service to anon, authenticated, service_role;

-- sql/base/private/is_admin.sql

-- Why the caller has no admin rights, as an error code; null when it has them. Read from the profile, not from the
-- token: a role that was taken away is gone at once.
create function private.admin_refusal()
    returns text
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.caller_id();
    allowlist jsonb;
begin
    if caller is null then
        return 'unauthenticated';
    end if;
    if not exists (
        select
        from public.user_profiles
        where user_profiles.id = caller and user_profiles.role = 'admin'
    ) then
        return 'forbidden';
    end if;

    allowlist := private.setting('security.admin_ip_allowlist');
    if allowlist <> '[]'::jsonb and not private.is_listed_address(private.client_ip(), allowlist) then
        return 'forbidden';
    end if;
    if private.setting_boolean('security.admin_mfa_required') and auth.jwt() ->> 'aal' is distinct from 'aal2' then
        return 'mfa_required';
    end if;
    return null;
end;
$$;

-- Whether the caller is a person with an admin's rights now. For policies; wrap it: (select private.is_admin()).
create function private.is_admin()
    returns boolean
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    -- Found out when the request arrived.
    return private.caller_role() = 'primostore_admin' or private.admin_refusal() is null;
end;
$$;
grant execute on function private.is_admin to anon, authenticated, service_role;

-- sql/base/private/require_admin.sql

-- Lets an admin and the service pass; raises for everybody else.
create function private.require_admin()
    returns void
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    refusal text;
begin
    if private.is_service() or private.caller_role() = 'primostore_admin' then
        return;
    end if;

    refusal := private.admin_refusal();
    if refusal is not null then
        perform private.raise_error(refusal);
    end if;
end;
$$;
grant execute on function private.require_admin to anon, authenticated, service_role;

-- sql/base/private/items.sql

-- Lists of {product_id, quantity} as clients send them, for carts and orders.

-- What is wrong with the list: an object of field to fault, null when nothing is. most: the units that a product may come to
-- when its entries are summed; null for any number.
create function private.item_faults(items jsonb, most integer default null)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    is_plain boolean;
    units bigint;
    faults jsonb;
begin
    if jsonb_typeof(item_faults.items) is distinct from 'array' then
        return '{"items": ["not_array", {"reason": "must be an array of {product_id, quantity}"}]}'::jsonb;
    end if;
    if jsonb_array_length(item_faults.items) > 2000 then
        return '{"items": ["too_many", 2000]}'::jsonb;
    end if;

    -- Most lists are plain.
    select
        bool_and(entry.is_plain),
        sum(case when entry.is_plain then (entry.value ->> 'quantity')::integer end)
    into is_plain, units
    from (
        select
            list.value,
            coalesce(
                jsonb_typeof(list.value -> 'product_id') = 'string'
                and list.value ->> 'product_id' like '________-____-____-____-____________'
                and translate(lower(list.value ->> 'product_id'), '0123456789abcdef', '') = '----'
                and jsonb_typeof(list.value -> 'quantity') = 'number'
                and list.value ->> 'quantity' ~ '^[1-9][0-9]?[0-9]?$',
                false
            ) as is_plain
        from jsonb_array_elements(item_faults.items) as list (value)
    ) as entry;
    if coalesce(is_plain, true) then
        return case
            when units > most and exists (
                select
                from private.summed_items(item_faults.items) as line
                where line.quantity > most
            ) then jsonb_build_object('items', jsonb_build_array(
                'above', most, jsonb_build_object('reason', format('asks for more than %s units of a product', most))
            ))
        end;
    end if;

    select jsonb_object_agg(format('items.%s%s', entry.position - 1, fault.field), fault.reason)
    into faults
    from jsonb_array_elements(item_faults.items) with ordinality as entry (value, position)
    cross join lateral (
        values
            ('', case when jsonb_typeof(entry.value) <> 'object' then '["not_object"]'::jsonb end),
            (
                '.product_id',
                case
                    when jsonb_typeof(entry.value) <> 'object' then null
                    when entry.value ->> 'product_id' is null then '["required"]'::jsonb
                    when jsonb_typeof(entry.value -> 'product_id') <> 'string'
                        or entry.value ->> 'product_id' !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
                        then '["not_uuid"]'
                end
            ),
            (
                '.quantity',
                case
                    when jsonb_typeof(entry.value) <> 'object' then null
                    when entry.value ->> 'quantity' is null then '["required"]'::jsonb
                    when jsonb_typeof(entry.value -> 'quantity') <> 'number' then '["not_integer"]'
                    when (entry.value ->> 'quantity')::numeric % 1 <> 0 then '["not_integer"]'
                    when (entry.value ->> 'quantity')::numeric < 1 then '["below", 1]'
                    when (entry.value ->> 'quantity')::numeric > 999 then '["above", 999]'
                end
            )
    ) as fault (field, reason)
    where fault.reason is not null;

    return faults;
end;
$$;

-- A valid list with repeated products summed, in product order. Without `rows` the planner would read the whole catalogue for
-- what it takes for a thousand lines.
create function private.summed_items(items jsonb)
    returns table (product_id uuid, quantity bigint)
    immutable
    set search_path = ''
    rows 3
    language plpgsql
    as $$
begin
    return query
    select (entry ->> 'product_id')::uuid, sum((entry ->> 'quantity')::bigint)::bigint
    from jsonb_array_elements(summed_items.items) as entry
    group by 1
    order by 1;
end;
$$;
