create function public.related_products(product_id uuid, max_results integer default 8)
    returns setof public.products
    stable
    rows 8
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    select *
    from private.related_products(product_id, max_results);
end;
$$;
comment on function public.related_products is
    'Products on show like this one, as rows of products: same category, brand and specifications, near in price. A variant has its product''s. max_results: 1 to 100. Nothing for a product that is not on show. Errors: invalid_input.';
grant execute on function public.related_products to anon, authenticated, service_role;
