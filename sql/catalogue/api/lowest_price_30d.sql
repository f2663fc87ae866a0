create function public.lowest_price_30d(product public.products)
    returns numeric
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.lowest_price_before(product.id);
end;
$$;
comment on function public.lowest_price_30d is
    'Computed field of products (select=*,lowest_price_30d): the lowest price in force in the 30 days before the present one began, which a reduction is measured against; null where there was none.';
grant execute on function public.lowest_price_30d to anon, authenticated, service_role;
