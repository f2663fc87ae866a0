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
