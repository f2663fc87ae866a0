create function public.get_cart()
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.get_cart();
end;
$$;
comment on function public.get_cart is
    'The caller''s cart: {items: [{id, product_id, slug, sku, name, options, image_url, quantity, unit_price, line_total, available, issue}], item_count, subtotal, currency}. item_count counts units; a product that is hidden and was never on show in this cart has nulls for its texts and price; issue is null, unavailable, out_of_stock or insufficient_stock. Errors: unauthenticated.';
grant execute on function public.get_cart to anon, authenticated, service_role;
