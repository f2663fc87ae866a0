-- A discount shared over lines of these amounts: each share cut to the currency's unit, and the units left over to the largest
-- remainders, so that they add back exactly. In the lines' order.
create function private.share_discount(amounts numeric[], discount numeric, decimals integer)
    returns numeric[]
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        with shares as (
            select
                line.place,
                coalesce(share_discount.discount * line.amount / nullif(sum(line.amount) over (), 0), 0) as exact
            from unnest(share_discount.amounts) with ordinality as line (amount, place)
        ),

        cut as (
            select
                shares.place,
                trunc(shares.exact, share_discount.decimals) as share,
                share_discount.discount - sum(trunc(shares.exact, share_discount.decimals)) over () as left_over,
                row_number() over (
                    order by shares.exact - trunc(shares.exact, share_discount.decimals) desc, shares.place
                ) as rank
            from shares
        )

        select array_agg(
            cut.share
            + case
                when cut.rank <= cut.left_over * 10 ^ share_discount.decimals then 10.0 ^ (- share_discount.decimals)
                else 0
            end
            order by cut.place
        )
        from cut
    );
end;
$$;
