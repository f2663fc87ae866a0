-- The token with which a guest reads and cancels one order: derived from the order and its expiry, so that a replay can
-- return it and nothing readable is stored. Null where there is no expiry.
create function private.derived_guest_token(order_id uuid, guest_access_until timestamptz)
    returns text
    stable
    strict
    set search_path = ''
    language plpgsql
    as $$
begin
    return encode(
        extensions.hmac(
            convert_to(order_id || '|' || extract(epoch from guest_access_until), 'UTF8'),
            (select secrets.value from private.secrets where secrets.name = 'guest_token'),
            'sha256'
        ),
        'hex'
    );
end;
$$;

-- An order's token. Null where there is no guest access, or no longer.
create function private.guest_token(order_id uuid)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select private.derived_guest_token(order_origins.order_id, order_origins.guest_access_until)
        from public.order_origins
        where order_origins.order_id = guest_token.order_id
            and order_origins.guest_access_until > now()
    );
end;
$$;

-- This order's id when the token opens it; null, and counted, when it doesn't. The right token opens its order however many
-- wrong ones came before it. asked: how the caller named the order, for the log.
create function private.open_with_guest_token(order_id uuid, guest_token text, asked jsonb)
    returns uuid
    set search_path = ''
    language plpgsql
    as $$
declare
    guesser constant text := private.guesser();
    guess_limit constant text := private.setting_text('rate_limits.coupons');
begin
    -- Digests are compared, so the time it takes says nothing about the token.
    if sha256(convert_to(private.guest_token(open_with_guest_token.order_id), 'UTF8'))
        = sha256(convert_to(open_with_guest_token.guest_token, 'UTF8')) then
        return open_with_guest_token.order_id;
    end if;

    if private.is_over_limit('guest_order', guesser, guess_limit) then
        perform private.raise_rate_limited(guess_limit);
    end if;
    perform private.count_hit('guest_order', guesser, guess_limit);
    perform private.log_security_event('guest_token_refused', 'warning', open_with_guest_token.asked);
    return null;
end;
$$;

-- The order that a number and a token open; null, and counted, when they don't.
create function private.open_guest_order(order_number text, guest_token text)
    returns uuid
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.open_with_guest_token(
        private.order_of_number(open_guest_order.order_number),
        private.trimmed(open_guest_order.guest_token),
        jsonb_build_object('order_number', left(open_guest_order.order_number, 50))
    );
end;
$$;
