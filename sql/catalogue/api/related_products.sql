create function public.related_products(product_id uuid, max_results integer default 20)
    returns setof public.products
    stable
    set search_path = ''
    language sql
    as $$
    select *
    from private.related_products(product_id, max_results);
$$;
comment on function public.related_products is
    'Other products from the product''s category and around it, the nearest in kind and price first; at most max_results (1 to 100). Errors: invalid_input, not_found.';
grant execute on function public.related_products to anon, authenticated, service_role;
