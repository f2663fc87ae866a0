-- The hits of a search as the text of `from … where …`: products on show named `hit`, each with `found.rank` (0 without
-- q). Text, so that each combination of filters gets its own plan. Arguments have been checked; every value goes in as
-- a literal.
--
-- A hit is never a variant: what matches a variant finds its product. All filters on price, stock and specifications
-- must be met by one row, the product itself or one of its variants.
create function private.search_source(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    in_stock boolean,
    specifications jsonb
)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    wanted tsquery;
    ranked tsquery;
    by_brand tsquery;
    by_sku tsquery;
    -- private.products_on_show for products that are no variants, in terms of the indexes.
    source text := 'from public.products as hit';
    conditions text[] := '{hit.parent_id is null, hit.is_active, hit.deleted_at is null}'::text[];
    hidden_categories constant uuid[] := private.hidden_category_ids();
    row_conditions text[];
    matches text[] := '{}'::text[];
    -- `offset 0` asks for a look-up per hit: pages are short, and a hash of all stock is not.
    stocked constant text := $sql$
        exists (
            select from public.inventory
            where inventory.product_id = %1$I.id
                and (
                    inventory.stock > inventory.reserved_stock
                    or exists (
                        select from public.stock_reservations as lapsed
                        where lapsed.product_id = %1$I.id and lapsed.status = 'active' and lapsed.expires_at <= now()
                    )
                )
            offset 0
        )
        and not exists (
            select from public.products as variants
            where variants.parent_id = %1$I.id and variants.deleted_at is null
            offset 0
        )
    $sql$;
    alias text;
begin
    if hidden_categories <> '{}' then
        conditions := conditions || format(
            '(hit.category_id is null or hit.category_id <> all(%L::uuid[]))', hidden_categories
        );
    end if;

    if btrim(search_source.q) <> '' then
        select *
        into wanted, ranked, by_brand, by_sku
        from private.search_query(search_source.q);
    end if;

    if numnode(wanted) > 0 then
        source := source || format(
            $sql$
            inner join (
                select scored.id, max(scored.rank) as rank
                from (
                    select
                        coalesce(products.parent_id, products.id) as id,
                        case
                            when translate(lower(products.sku), '-_./ ', '') = %4$L then 3
                            when products.search @@ %3$L::tsquery then 2
                            when products.search @@ %5$L::tsquery then 1
                            else 0
                        end
                        + ts_rank('{0.05, 0.5, 0.9, 1}', products.search, %2$L::tsquery, 32) as rank
                    from public.products
                    where products.search @@ %1$L::tsquery and products.is_active and products.deleted_at is null
                    -- Ranked before they are grouped, so that grouping carries numbers and not documents.
                    offset 0
                ) as scored
                group by scored.id
            ) as found on found.id = hit.id
            $sql$,
            wanted,
            ranked,
            by_sku,
            replace(private.normalise(search_source.q), ' ', ''),
            by_brand
        );
    else
        source := source || ' cross join (select 0 as rank) as found';
        -- A search without a word, as "?!", finds nothing.
        if btrim(search_source.q) <> '' then
            conditions := conditions || 'false'::text;
        end if;
    end if;

    if search_source.category_slug is not null then
        conditions := conditions || format(
            'hit.category_id = any(%L::uuid[])',
            array(
                select branch.id
                from public.categories
                cross join lateral private.category_branch(categories.id) as branch (id)
                where categories.slug = search_source.category_slug
            )
        );
    end if;
    if btrim(search_source.brand) <> '' then
        conditions := conditions || format('private.normalise(hit.brand) = %L', private.normalise(search_source.brand));
    end if;

    foreach alias in array array['hit', 'variant', 'matched'] loop
        row_conditions := '{}'::text[];
        if search_source.min_price is not null then
            row_conditions := row_conditions || format('%I.price >= %L', alias, search_source.min_price);
        end if;
        if search_source.max_price is not null then
            row_conditions := row_conditions || format('%I.price <= %L', alias, search_source.max_price);
        end if;
        if search_source.specifications <> '{}' then
            row_conditions := row_conditions || private.specification_filter(alias, search_source.specifications);
        end if;
        if search_source.in_stock then
            row_conditions := row_conditions || format(stocked, alias);
        end if;
        matches := matches || array_to_string(row_conditions, ' and ');
    end loop;
    if search_source.specifications <> '{}' then
        -- Specifications have an index and leave few rows, so those are found first.
        conditions := conditions || format(
            $sql$hit.id in (
                select coalesce(matched.parent_id, matched.id)
                from public.products as matched
                where matched.is_active and matched.deleted_at is null and %s
            )$sql$,
            matches[3]
        );
    elsif matches[1] <> '' then
        conditions := conditions || format(
            $sql$(
                (%s)
                or exists (
                    select from public.products as variant
                    where variant.parent_id = hit.id and variant.is_active and variant.deleted_at is null and %s
                    offset 0
                )
            )$sql$,
            matches[1],
            matches[2]
        );
    end if;
    -- Only false asks for what is sold out: no unit of the product, nor of a variant.
    if not search_source.in_stock then
        conditions := conditions || format(
            $sql$not (
                (%s)
                or exists (
                    select from public.products as variant
                    where variant.parent_id = hit.id and variant.is_active and variant.deleted_at is null and %s
                    offset 0
                )
            )$sql$,
            format(stocked, 'hit'),
            format(stocked, 'variant')
        );
    end if;
    return source || ' where ' || array_to_string(conditions, ' and ');
end;
$$;
