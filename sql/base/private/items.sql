-- Lists of {product_id, quantity} as clients send them, for carts and orders.

-- What is wrong with the list: an object of field to reason, null when nothing is.
create function private.item_faults(items jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    faults jsonb;
begin
    if jsonb_typeof(item_faults.items) is distinct from 'array' then
        return '{"items": "must be an array of {product_id, quantity}"}'::jsonb;
    end if;
    if jsonb_array_length(item_faults.items) > 2000 then
        return '{"items": "has too many entries (at most 2000)"}'::jsonb;
    end if;

    select jsonb_object_agg(format('items[%s].%s', entry.position - 1, fault.field), fault.reason)
    into faults
    from jsonb_array_elements(item_faults.items) with ordinality as entry (value, position)
    cross join lateral (
        values
            (
                'product_id',
                case
                    when jsonb_typeof(entry.value) <> 'object' then 'must be in an object {product_id, quantity}'
                    when entry.value ->> 'product_id' is null then 'is required'
                    when jsonb_typeof(entry.value -> 'product_id') <> 'string'
                        or entry.value ->> 'product_id' !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
                        then 'is not a UUID'
                end
            ),
            (
                'quantity',
                case
                    when jsonb_typeof(entry.value) <> 'object' then null
                    when entry.value ->> 'quantity' is null then 'is required'
                    when jsonb_typeof(entry.value -> 'quantity') <> 'number'
                        or entry.value ->> 'quantity' !~ '^[0-9]{1,3}$'
                        or entry.value ->> 'quantity' ~ '^0+$'
                        then 'must be a whole number from 1 to 999'
                end
            )
    ) as fault (field, reason)
    where fault.reason is not null;

    return faults;
end;
$$;

-- What is wrong with the sums of a valid list: an order line holds at most 999 units.
create function private.item_sum_faults(items jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    if exists (
        select
        from private.summed_items(item_sum_faults.items) as line
        where line.quantity > 999
    ) then
        return '{"items": "asks for more than 999 units of a product"}'::jsonb;
    end if;
    return null;
end;
$$;

-- A valid list with repeated products summed, in product order.
create function private.summed_items(items jsonb)
    returns table (product_id uuid, quantity bigint)
    immutable
    set search_path = ''
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
