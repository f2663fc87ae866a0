-- What is wrong with an SKU and a slug that belong to another product. A deleted one keeps both, and an SKU that differs
-- by its case only is the same one; what is exactly that of a product not deleted is left to the constraints, so that
-- upserts find it.
create function private.owner_faults(product public.products)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return jsonb_build_object(
        'sku', (
            select case
                when owners.deleted_at is not null then '["deleted", {"reason": "belongs to a deleted product; restore it"}]'::jsonb
                when owners.sku <> product.sku
                    then jsonb_build_array('taken', jsonb_build_object('reason', format('is taken, written %s', owners.sku)))
            end
            from public.products as owners
            where lower(owners.sku) = lower(product.sku) and owners.id is distinct from product.id
        ),
        'slug', (
            select '["deleted", {"reason": "belongs to a deleted product; restore it"}]'::jsonb
            from public.products as owners
            where owners.slug = product.slug and owners.id is distinct from product.id and owners.deleted_at is not null
        )
    );
end;
$$;
