create function public.category_tree()
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    select private.category_tree();
$$;
comment on function public.category_tree is
    'The visible categories, nested: [{id, slug, name, description, image_url, product_count, children}]. product_count counts the products on show here and below; names are in the language of Accept-Language where translated.';
grant execute on function public.category_tree to anon, authenticated, service_role;
