-- The lines of an order as the catalogue has them now; everything after this is computed from the snapshot.
-- Fails with product_unavailable, naming each line that is not on sale and why.
create function private.snapshot_lines(items jsonb)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
declare
    snapshot jsonb;
    unavailable jsonb;
begin
    select
        jsonb_agg(
            jsonb_build_object(
                'product_id', sold.id,
                'sku', sold.sku,
                'name', sold.name,
                'options', sold.options,
                'quantity', line.quantity,
                'unit_price', sold.price,
                'tax_rate', sold.tax_rate
            )
            order by line.product_id
        ) filter (where sold.id is not null),
        jsonb_agg(
            jsonb_build_object(
                'product_id', line.product_id,
                'reason', case
                    when exists (select from public.products where products.id = line.product_id) then 'not on sale'
                    else 'unknown'
                end
            )
            order by line.product_id
        ) filter (where sold.id is null)
    into snapshot, unavailable
    from private.summed_items(snapshot_lines.items) as line
    left join private.sellable_products as sold on sold.id = line.product_id;

    if unavailable is not null then
        perform private.raise_error('product_unavailable', details => unavailable);
    end if;
    if jsonb_array_length(snapshot) > 500 then
        perform private.raise_invalid('{"items": "has more than 500 products"}');
    end if;
    return snapshot;
end;
$$;
