-- Keeps documents and vocabulary in step with the texts of products.
create function private.follow_texts()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    changed uuid[];
begin
    if tg_op = 'INSERT' then
        changed := array(select written.id from written);
    else
        changed := array(
            select written.id
            from written
            inner join replaced on replaced.id = written.id
            where (
                written.parent_id, written.sku, written.name, written.brand, written.short_description, written.description,
                written.translations, written.is_active, written.deleted_at is null
            ) is distinct from (
                replaced.parent_id, replaced.sku, replaced.name, replaced.brand, replaced.short_description, replaced.description,
                replaced.translations, replaced.is_active, replaced.deleted_at is null
            )
        );
    end if;
    if changed = '{}' then
        return null;
    end if;

    delete from private.search_documents
    using public.products
    where search_documents.product_id = any(changed)
        and products.id = search_documents.product_id
        and not (products.is_active and products.deleted_at is null);

    insert into private.search_documents (product_id, found_as, code, document)
    select
        products.id,
        coalesce(products.parent_id, products.id),
        private.search_code(products.sku),
        private.search_document(
            products.sku, products.name, products.brand, products.short_description, products.description, products.translations
        )
    from public.products
    where products.id = any(changed) and products.is_active and products.deleted_at is null
    on conflict (product_id) do update
    set found_as = excluded.found_as, code = excluded.code, document = excluded.document;

    perform private.learn_words(changed);
    return null;
end;
$$;
