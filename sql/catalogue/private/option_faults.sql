-- What is wrong with the options of a variant, or of a product that is none. Variants of a product
-- change one at a time: private.lock_catalogue.
create function private.option_faults(product public.products)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    parent public.products;
    faults jsonb := '{}'::jsonb;
    sibling_keys text[];
    own_keys text[];
begin
    if product.parent_id is null then
        if product.options is not null then
            return '{"options": ["unavailable", {"reason": "only variants have options: give parent_id too, or leave options out"}]}'::jsonb;
        end if;
        return faults;
    end if;

    select *
    into parent
    from public.products
    where products.id = product.parent_id;

    if parent.id is null then
        faults := faults || '{"parent_id": ["unknown", {"reason": "is not a product"}]}';
    elsif parent.id = product.id then
        faults := faults || '{"parent_id": ["unavailable", {"reason": "is the product itself"}]}';
    elsif parent.parent_id is not null then
        faults := faults || '{"parent_id": ["unavailable", {"reason": "is a variant itself: variants are one level deep"}]}';
    elsif exists (select from public.products where products.parent_id = product.id) then
        faults := faults || '{"parent_id": ["unavailable", {"reason": "this product has variants, so it cannot be one"}]}';
    end if;

    if jsonb_typeof(product.options) is distinct from 'object' or product.options = '{}' then
        return faults || '{"options": ["required", {"reason": "a variant needs options, as {\"size\": \"M\"}"}]}';
    end if;

    select faults || coalesce(jsonb_object_agg('options.' || checked.key, checked.fault), '{}')
    into faults
    from (
        select
            given.key,
            coalesce(
                private.fault_with_reason(
                    private.text_fault(given.key, 50, required => true), 'must have a key of 1 to 50 plain characters'
                ),
                case
                    when jsonb_typeof(given.value) <> 'string' then '["pattern", "text", {"reason": "must be a text"}]'::jsonb
                    else private.text_fault(given.value #>> '{}', 100, required => true)
                end
            ) as fault
        from jsonb_each(product.options) as given
    ) as checked
    where checked.fault is not null;

    if octet_length(product.options::text) > 1000 then
        faults := faults || '{"options": ["too_long", 1000, {"reason": "is too large (at most 1000 bytes)"}]}';
    end if;

    if product.is_active and product.deleted_at is null then
        select array_agg(option_key order by option_key)
        into own_keys
        from jsonb_object_keys(product.options) as option_key;

        select (
            select array_agg(option_key order by option_key)
            from jsonb_object_keys(siblings.options) as option_key
        )
        into sibling_keys
        from public.products as siblings
        where siblings.parent_id = product.parent_id
            and siblings.id is distinct from product.id
            and siblings.sku <> product.sku
            and siblings.is_active
            and siblings.deleted_at is null
        limit 1;

        if sibling_keys <> own_keys then
            faults := faults || jsonb_build_object('options', '["one_of"]'::jsonb || to_jsonb(sibling_keys) || jsonb_build_object(
                'reason', 'must have the same keys as the other variants on sale: ' || array_to_string(sibling_keys, ', ')
            ));
        end if;
    end if;

    if product.deleted_at is null and exists (
        select
        from public.products as siblings
        where siblings.parent_id = product.parent_id
            and siblings.id is distinct from product.id
            and siblings.sku <> product.sku
            and siblings.options = product.options
            and siblings.deleted_at is null
    ) then
        faults := faults || '{"options": ["taken", {"reason": "another variant has the same options"}]}';
    end if;
    return faults;
end;
$$;
