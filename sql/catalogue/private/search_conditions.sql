-- The pieces of a search statement over `public.products as product`: dynamic, so that each combination of filters gets a
-- plan of its own. Every value passes through %L.

-- The hits of a text with their rank: SKU first, then brand, then how well the words fit. A variant is a hit of its parent.
-- When no product has all the words, those that look like them are taken: one or two typing errors.
create function private.text_hits(q text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    words tsquery := private.search_query(text_hits.q);
    normal text := private.normal_text(text_hits.q);
begin
    if words is null then
        return null;
    end if;
    if exists (
        select
        from public.products
        where products.search @@ words and products.is_active and products.deleted_at is null
    ) then
        return format(
            $sql$
                select coalesce(hit.parent_id, hit.id) as id, max(
                    ts_rank(hit.search, %1$L::tsquery)
                    + case when lower(hit.sku) = lower(%2$L) then 4 else 0 end
                    + case when private.normal_text(hit.brand) = %3$L then 2 else 0 end
                ) as rank
                from public.products as hit
                where hit.search @@ %1$L::tsquery and hit.is_active and hit.deleted_at is null
                group by 1
            $sql$,
            words,
            btrim(text_hits.q),
            normal
        );
    end if;

    perform set_config('pg_trgm.word_similarity_threshold', '0.3', true);
    return format(
        $sql$
            select likeness.id, likeness.rank
            from (
                select alike.id, max(alike.rank) as rank, max(max(alike.rank)) over () as best
                from (
                    select
                        coalesce(hit.parent_id, hit.id) as id,
                        extensions.word_similarity(%1$L, private.fuzzy_text(hit.sku, hit.brand, hit.name, hit.translations)) as rank
                    from public.products as hit
                    where private.fuzzy_text(hit.sku, hit.brand, hit.name, hit.translations) operator(extensions.%%>) %1$L
                        and hit.is_active
                        and hit.deleted_at is null
                ) as alike
                group by alike.id
            ) as likeness
            where likeness.rank >= 0.8 * likeness.best
        $sql$,
        normal
    );
end;
$$;

-- Shown to everyone, admins included, and no variants: those are read with their parent.
create function private.listed_condition()
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select format(
        $sql$product.is_active and product.deleted_at is null and product.parent_id is null
            and (product.category_id is null or product.category_id <> all(%L::uuid[]))$sql$,
        array(select private.hidden_category_ids())
    );
$$;

create function private.category_condition(category_slug text)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select format('product.category_id = any(%L::uuid[])', array(
        select private.category_and_below(categories.id)
        from public.categories
        where categories.slug = category_condition.category_slug
    ))
    where category_condition.category_slug is not null;
$$;

create function private.brand_condition(brand text)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select format('lower(product.brand) = lower(%L)', btrim(brand_condition.brand))
    where brand_condition.brand is not null;
$$;

create function private.price_condition(min_price numeric, max_price numeric)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select concat_ws(
        ' and ',
        'product.price >= ' || price_condition.min_price,
        'product.price <= ' || price_condition.max_price
    )
    where coalesce(price_condition.min_price, price_condition.max_price) is not null;
$$;

-- One value, or any of several, under one key.
create function private.specification_condition(key text, wanted jsonb)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select '(' || string_agg(
        format('product.specifications @> %L::jsonb', jsonb_build_object(specification_condition.key, choice)), ' or '
    ) || ')'
    from jsonb_array_elements(
        case
            when jsonb_typeof(specification_condition.wanted) = 'array' then specification_condition.wanted
            else jsonb_build_array(specification_condition.wanted)
        end
    ) as choice;
$$;

-- At least one unit of the product, or of a variant, can be had; lapsed holds count as free.
create function private.in_stock_condition(in_stock boolean)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select case when in_stock_condition.in_stock then '' else 'not ' end || $sql$exists (
        select
        from public.products as sold
        inner join public.inventory on inventory.product_id = sold.id
        where (sold.id = product.id or sold.parent_id = product.id)
            and sold.is_active
            and sold.deleted_at is null
            and (inventory.stock > inventory.reserved_stock or exists (
                select
                from public.stock_reservations as hold
                where hold.product_id = sold.id and hold.status = 'active' and hold.expires_at <= now()
            ))
    )$sql$
    where in_stock_condition.in_stock is not null;
$$;
