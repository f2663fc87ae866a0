-- The lines of an order as the catalogue has them now: what is bought, at what price, under the name that the buyer reads.
-- Everything after this is computed from them. In product order, repeated products summed. totals and taxes are those of the
-- lines after their share of a discount; subtotal is before it, tax is the sum of taxes.
create type private.order_lines as (
    product_ids uuid[],
    category_ids uuid[],
    skus text[],
    names text[],
    options jsonb[],
    quantities integer[],
    unit_prices numeric[],
    tax_rates numeric[],
    discounts numeric[],
    totals numeric[],
    taxes numeric[],
    subtotal numeric,
    tax numeric
);

-- The lines of a valid list of items. Fails with product_unavailable, naming each line that is not on sale and why.
create function private.order_lines(items jsonb, decimals integer)
    returns private.order_lines
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    lines private.order_lines;
    unavailable jsonb;
begin
    select
        array_agg(line.product_id),
        array_agg(line.category_id),
        array_agg(line.sku),
        array_agg(line.name),
        array_agg(line.options),
        array_agg(line.quantity),
        array_agg(line.price),
        array_agg(line.tax_rate),
        array_agg(0::numeric),
        array_agg(line.total),
        array_agg(line.tax),
        sum(line.total),
        sum(line.tax),
        jsonb_agg(
            jsonb_build_object(
                'product_id', line.product_id,
                'reason', case
                    when exists (select from public.products where products.id = line.product_id) then 'not on sale'
                    else 'unknown'
                end
            )
        ) filter (where line.sku is null)
    into
        lines.product_ids, lines.category_ids, lines.skus, lines.names, lines.options, lines.quantities, lines.unit_prices,
        lines.tax_rates, lines.discounts, lines.totals, lines.taxes, lines.subtotal, lines.tax, unavailable
    from (
        select
            wanted.product_id,
            wanted.quantity,
            sold.category_id,
            sold.sku,
            private.localise(sold.translations, 'name', sold.name) as name,
            sold.options,
            sold.price,
            sold.tax_rate,
            wanted.quantity * sold.price as total,
            private.contained_tax(wanted.quantity * sold.price, sold.tax_rate, decimals) as tax
        from (
            select (entry ->> 'product_id')::uuid as product_id, sum((entry ->> 'quantity')::integer)::integer as quantity
            from jsonb_array_elements(order_lines.items) as entry
            group by 1
        ) as wanted
        -- `offset 0` asks for a look-up per line, whatever number of lines the planner expects.
        left join lateral (
            select sellable_products.*
            from private.sellable_products
            where sellable_products.id = wanted.product_id
            offset 0
        ) as sold on true
        order by wanted.product_id
    ) as line;

    if unavailable is not null then
        perform private.raise_error('product_unavailable', details => unavailable);
    end if;
    if cardinality(lines.product_ids) > 500 then
        perform private.raise_invalid('{"items": ["too_many", 500, {"reason": "has more than 500 products"}]}');
    end if;
    return lines;
end;
$$;

-- The lines with a discount shared over them.
create function private.discounted_lines(lines private.order_lines, discount numeric, decimals integer)
    returns private.order_lines
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    lines.discounts := private.share_discount(lines.totals, discount, decimals);
    select
        array_agg(line.total - line.discount order by line.place),
        array_agg(private.contained_tax(line.total - line.discount, line.tax_rate, decimals) order by line.place),
        sum(private.contained_tax(line.total - line.discount, line.tax_rate, decimals))
    into lines.totals, lines.taxes, lines.tax
    from unnest(lines.totals, lines.discounts, lines.tax_rates) with ordinality as line (total, discount, tax_rate, place);
    return lines;
end;
$$;
