-- Each facet is counted over the hits of all filters but its own.
create function private.product_facets(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    in_stock boolean,
    specifications jsonb
)
    returns jsonb
    stable
    security definer
    set search_path = ''
    -- Filters make plans look dearer than they are; compiling them takes longer than running them.
    set jit = off
    -- What searches read is small and kept in memory.
    set seq_page_cost = 0.1
    set random_page_cost = 0.1
    language plpgsql
    as $$
#variable_conflict use_variable
declare
    facets jsonb;
    others jsonb;
    filter_key text;
begin
    perform private.raise_invalid(private.search_faults(q, category_slug, brand, min_price, max_price, specifications));

    facets := private.facets_of(
        private.search_source(q, category_slug, brand, min_price, max_price, in_stock, specifications),
        array['total', 'categories', 'specifications']
            || case when coalesce(btrim(brand), '') = '' then array['brands'] end
            || case when min_price is null and max_price is null then array['price'] end
    );

    if btrim(brand) <> '' then
        facets := facets || jsonb_build_object('brands', private.facets_of(
            private.search_source(q, category_slug, null, min_price, max_price, in_stock, specifications),
            array['brands']
        ) -> 'brands');
    end if;
    if min_price is not null or max_price is not null then
        facets := facets || jsonb_build_object('price', private.facets_of(
            private.search_source(q, category_slug, brand, null, null, in_stock, specifications),
            array['price']
        ) -> 'price');
    end if;
    for filter_key in
        select jsonb_object_keys(specifications)
    loop
        others := private.facets_of(
            private.search_source(q, category_slug, brand, min_price, max_price, in_stock, specifications - filter_key),
            array['specifications']
        ) -> 'specifications' -> filter_key;
        facets := jsonb_set(
            facets,
            '{specifications}',
            (facets -> 'specifications') - filter_key
                || case when others is null then '{}' else jsonb_build_object(filter_key, others) end
        );
    end loop;
    return facets;
end;
$$;
grant execute on function private.product_facets to anon, authenticated, service_role;
