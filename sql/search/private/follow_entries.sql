-- Keeps private.search_entries in step with products. A product's prices are those of its variants, which several may be
-- changing at once: its entry is locked first and then worked out anew, so the last one sees what all have done.
create function private.follow_entries()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    affected uuid[];
begin
    if tg_op = 'INSERT' then
        affected := array(
            select written.id
            from written

            union

            select written.parent_id
            from written
            where written.parent_id is not null
        );
    elsif tg_op = 'UPDATE' then
        affected := array(
            select concerned.id
            from written
            inner join replaced on replaced.id = written.id
            cross join lateral unnest(array[written.id, written.parent_id, replaced.parent_id]) as concerned (id)
            where concerned.id is not null
                and (
                    written.parent_id, written.category_id, written.is_active, written.deleted_at is null, written.price,
                    written.name, written.translations, written.brand, written.specifications, written.created_at
                ) is distinct from (
                    replaced.parent_id, replaced.category_id, replaced.is_active, replaced.deleted_at is null, replaced.price,
                    replaced.name, replaced.translations, replaced.brand, replaced.specifications, replaced.created_at
                )
            group by concerned.id
        );
    else
        affected := array(
            select removed.parent_id
            from removed
            where removed.parent_id is not null
            group by removed.parent_id
        );
    end if;
    if affected = '{}' then
        return null;
    end if;

    perform
    from private.search_entries
    where search_entries.product_id = any(affected)
    order by search_entries.product_id
    for no key update;

    insert into private.search_entries as entries (
        product_id, parent_id, category_id, is_on_sale, price, lowest_price, highest_price, name, names, brand,
        normal_brand, specifications, created_at
    )
    select
        products.id,
        products.parent_id,
        products.category_id,
        products.is_active and products.deleted_at is null,
        case when variants.parent_id is null then products.price end,
        case when variants.parent_id is null then products.price else variants.lowest_price end,
        case when variants.parent_id is null then products.price else variants.highest_price end,
        -- What an index can hold: one character may stand for 18.
        left(private.normalise(products.name), 200),
        (
            select jsonb_object_agg(translation.key, left(private.normalise(translation.value ->> 'name'), 200))
            from jsonb_each(products.translations) as translation
            where jsonb_typeof(translation.value) = 'object' and btrim(translation.value ->> 'name') <> ''
        ),
        products.brand,
        left(private.normalise(products.brand), 200),
        products.specifications,
        products.created_at
    from public.products
    left join (
        select
            parts.parent_id,
            min(parts.price) filter (where parts.is_active) as lowest_price,
            max(parts.price) filter (where parts.is_active) as highest_price
        from public.products as parts
        where parts.parent_id = any(affected) and parts.deleted_at is null
        group by parts.parent_id
    ) as variants on variants.parent_id = products.id
    where products.id = any(affected)
    order by products.id
    on conflict (product_id) do update
    set parent_id = excluded.parent_id,
        category_id = excluded.category_id,
        is_on_sale = excluded.is_on_sale,
        price = excluded.price,
        lowest_price = excluded.lowest_price,
        highest_price = excluded.highest_price,
        name = excluded.name,
        names = excluded.names,
        brand = excluded.brand,
        normal_brand = excluded.normal_brand,
        specifications = excluded.specifications,
        created_at = excluded.created_at
    where entries is distinct from excluded;
    return null;
end;
$$;
