-- Adds or takes away units in the warehouse, never below what is promised.
create function private.adjust_stock(product_id uuid, quantity integer, reason text default null)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    current_row public.inventory;
begin
    perform private.require_admin();
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when adjust_stock.product_id is null then '["required"]'::jsonb end,
        'quantity', case
            when adjust_stock.quantity is null then '["required"]'::jsonb
            when adjust_stock.quantity = 0 then '["required", {"reason": "must not be 0"}]'
            when adjust_stock.quantity < -1000000000 then '["below", -1000000000]'
            when adjust_stock.quantity > 1000000000 then '["above", 1000000000]'
        end,
        'reason', private.text_fault(adjust_stock.reason, 500)
    ));

    perform private.lock_stock(array[adjust_stock.product_id]);
    perform private.release_expired(array[adjust_stock.product_id]);

    select *
    into current_row
    from public.inventory
    where inventory.product_id = adjust_stock.product_id;

    if not found then
        perform private.raise_error('not_found', 'There is no such product.');
    end if;
    -- Never below what is promised.
    perform private.raise_invalid(jsonb_build_object('quantity', case
        when current_row.stock::bigint + adjust_stock.quantity < current_row.reserved_stock then jsonb_build_array(
            'below',
            current_row.reserved_stock - current_row.stock,
            jsonb_build_object('reason', format('must leave the %s units that are promised to orders', current_row.reserved_stock))
        )
        when current_row.stock::bigint + adjust_stock.quantity > 1000000000 then jsonb_build_array(
            'above', 1000000000 - current_row.stock
        )
    end));

    insert into public.stock_movements (product_id, quantity, kind, actor_id, reason)
    values (
        adjust_stock.product_id,
        adjust_stock.quantity,
        case when adjust_stock.quantity > 0 then 'receive' else 'adjust' end,
        private.caller_id(),
        adjust_stock.reason
    );

    update public.inventory
    set stock = inventory.stock + adjust_stock.quantity
    where inventory.product_id = adjust_stock.product_id
    returning * into current_row;

    return jsonb_build_object(
        'product_id', current_row.product_id,
        'stock', current_row.stock,
        'reserved_stock', current_row.reserved_stock,
        'available', current_row.stock - current_row.reserved_stock
    );
end;
$$;
grant execute on function private.adjust_stock to anon, authenticated, service_role;
