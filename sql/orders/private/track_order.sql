-- Never raises, so that wrong guesses commit and count; too many are answered with status 429 by hand.
create function private.track_order(order_number text, email text)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    guesser text := private.guesser();
    guess_limit text := private.setting_text('rate_limits.coupons');
    tracked public.orders;
begin
    if private.is_over_limit('track_order', guesser, guess_limit) then
        perform set_config('response.status', '429', true);
        perform set_config(
            'response.headers',
            jsonb_build_array(jsonb_build_object(
                'Retry-After',
                (private.limit_window(guess_limit)).seconds_left::text
            ))::text,
            true
        );
    else
        select orders.*
        into tracked
        from public.orders
        left join auth.users on users.id = orders.user_id
        where orders.id = private.order_of_number(track_order.order_number)
            and lower(coalesce(orders.guest_email, users.email)) = lower(private.trimmed(track_order.email));

        if tracked.id is null then
            perform private.count_hit('track_order', guesser, guess_limit);
        end if;
    end if;

    return jsonb_build_object(
        'found', tracked.id is not null,
        'order_number', tracked.order_number,
        'status', tracked.status,
        'placed_at', tracked.placed_at,
        'shipped_at', tracked.shipped_at
    );
end;
$$;
grant execute on function private.track_order to anon, authenticated, service_role;
