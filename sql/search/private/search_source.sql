-- The hits of a search as the text of a query: products on show with what they are sorted by, and `rank` (0 without q).
-- Text, so that each combination of filters gets its own plan. Arguments have been checked; every value goes in as a
-- literal.
--
-- A hit is never a variant: what matches a variant finds its product. All filters on price, stock and specifications
-- must be met by one row, the product itself or one of its variants. A product with variants has no price of its own.
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
    sought_code constant text := private.search_code(search_source.q);
    rank text := '0';
    source text := ' from private.search_entries as hit';
    -- private.products_on_show for products that are no variants, in terms of the indexes.
    conditions text[] := '{hit.parent_id is null, hit.is_on_sale}'::text[];
    hidden_categories constant uuid[] := private.hidden_category_ids();
    row_conditions text[];
    matches text[] := '{}'::text[];
    -- `offset 0` asks for a look-up per hit: pages are short, and a hash of all stock is not.
    stocked constant text := $sql$
        %1$I.price is not null
        and exists (
            select from public.inventory
            where inventory.product_id = %1$I.product_id
                and (
                    inventory.stock > inventory.reserved_stock
                    or exists (
                        select from public.stock_reservations as lapsed
                        where lapsed.product_id = %1$I.product_id and lapsed.status = 'active' and lapsed.expires_at <= now()
                    )
                )
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
        rank := 'found.rank';
        source := format(
            $sql$
            from (
                select scored.id, max(scored.rank) as rank
                from (
                    select
                        documents.found_as as id,
                        case
                            when documents.code = %4$L then 3
                            when documents.code like %6$L or documents.document @@ %3$L::tsquery then 2
                            when documents.document @@ %5$L::tsquery then 1
                            else 0
                        end
                        + ts_rank('{0.05, 0.5, 0.9, 1}', documents.document, %2$L::tsquery, 32) as rank
                    from private.search_documents as documents
                    where documents.document @@ %1$L::tsquery %7$s
                    -- Ranked before they are grouped, so that grouping carries numbers and not documents.
                    offset 0
                ) as scored
                group by scored.id
            ) as found
            inner join private.search_entries as hit on hit.product_id = found.id
            $sql$,
            wanted,
            ranked,
            by_sku,
            sought_code,
            by_brand,
            sought_code || '%',
            -- Hardly any search begins a SKU, and the others need not compare each hit.
            case
                when private.begins_sku(sought_code) then format('or documents.code like %L', sought_code || '%')
            end
        );
    elsif btrim(search_source.q) <> '' then
        -- A search without a word, as "?!", finds nothing.
        conditions := conditions || 'false'::text;
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
        conditions := conditions || format('hit.normal_brand = %L', left(private.normalise(search_source.brand), 200));
    end if;
    -- What no row of the product can meet is told by its entry alone.
    if search_source.min_price is not null then
        conditions := conditions || format('hit.highest_price >= %L', search_source.min_price);
    end if;
    if search_source.max_price is not null then
        conditions := conditions || format('hit.lowest_price <= %L', search_source.max_price);
    end if;

    foreach alias in array array['hit', 'variant'] loop
        row_conditions := '{}'::text[];
        if search_source.min_price is not null then
            row_conditions := row_conditions || format('%I.price >= %L', alias, search_source.min_price);
        end if;
        if search_source.max_price is not null then
            row_conditions := row_conditions || format('%I.price <= %L', alias, search_source.max_price);
        end if;
        if search_source.in_stock then
            row_conditions := row_conditions || format(stocked, alias);
        end if;
        matches := matches || array_to_string(row_conditions, ' and ');
    end loop;
    if search_source.specifications <> '{}' then
        -- Specifications have an index and leave few rows, so those are found first.
        conditions := conditions || format(
            $sql$hit.product_id in (
                select coalesce(variant.parent_id, variant.product_id)
                from private.search_entries as variant
                where variant.is_on_sale and %s
            )$sql$,
            array_to_string(
                private.specification_filter('variant', search_source.specifications) || array_remove(matches[2:], ''),
                ' and '
            )
        );
    elsif search_source.in_stock or (search_source.min_price is not null and search_source.max_price is not null) then
        conditions := conditions || format(
            $sql$(
                (%s)
                or exists (
                    select from private.search_entries as variant
                    where variant.parent_id = hit.product_id and variant.is_on_sale and %s
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
                    select from private.search_entries as variant
                    where variant.parent_id = hit.product_id and variant.is_on_sale and %s
                    offset 0
                )
            )$sql$,
            format(stocked, 'hit'),
            format(stocked, 'variant')
        );
    end if;
    return 'select hit.*, ' || rank || ' as rank' || source || ' where ' || array_to_string(conditions, ' and ');
end;
$$;
