-- The foreign keys have the last word; this says what uses the category.
create function private.keep_used_category()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_in_use(jsonb_build_object(
        'products', (select count(*) from public.products where products.category_id = old.id),
        'categories', (select count(*) from public.categories where categories.parent_id = old.id)
    ));
    return old;
end;
$$;
