create function public.category_tree()
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.category_tree();
end;
$$;
comment on function public.category_tree is
    'The categories on show: [{id, slug, name, description, image_url, product_count, children: […]}], in sort_order. product_count: products on show in the category and below, variants not counted. Names and descriptions in the language of Accept-Language where translated.';
grant execute on function public.category_tree to anon, authenticated, service_role;
