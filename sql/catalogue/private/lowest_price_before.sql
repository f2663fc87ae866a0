-- The lowest price that a product had in the 30 days before its present one began; null where it had none. Prices that
-- were replaced within the transaction that set them were never in force.
create function private.lowest_price_before(product_id uuid)
    returns numeric
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.may_see_product(lowest_price_before.product_id) then
        return null;
    end if;

    return (
        with prices as (
            select
                price_history.price,
                price_history.changed_at,
                lead(price_history.changed_at) over in_time as ended_at
            from public.price_history
            where price_history.product_id = lowest_price_before.product_id
            window in_time as (order by price_history.changed_at, price_history.id)
        ),

        in_force as (
            select
                prices.price,
                prices.changed_at,
                prices.ended_at,
                prices.price is distinct from lag(prices.price) over (order by prices.changed_at) as is_change
            from prices
            where prices.ended_at is null or prices.ended_at > prices.changed_at
        ),

        present as (
            select max(in_force.changed_at) as began_at
            from in_force
            where in_force.is_change
        )

        select min(in_force.price)
        from in_force
        cross join present
        where in_force.changed_at < present.began_at
            and in_force.ended_at > present.began_at - interval '30 days'
    );
end;
$$;
grant execute on function private.lowest_price_before to anon, authenticated, service_role;
