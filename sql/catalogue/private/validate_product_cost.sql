create function private.validate_product_cost()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new.cost_price := private.with_scale(new.cost_price, 2);
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case
            when new.product_id is null then '["required"]'::jsonb
            when not exists (select from public.products where products.id = new.product_id)
                then '["unknown", {"reason": "is not a product"}]'
        end,
        'cost_price', private.amount_fault(new.cost_price, required => true)
    ));
    return new;
end;
$$;
