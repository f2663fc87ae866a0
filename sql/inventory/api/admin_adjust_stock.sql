create function public.admin_adjust_stock(product_id uuid, quantity integer, reason text default null)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.adjust_stock(product_id, quantity, reason);
end;
$$;
comment on function public.admin_adjust_stock is
    'Admins: adds (quantity > 0) or takes away (quantity < 0) units in the warehouse, never below what is promised to orders. Returns {product_id, stock, reserved_stock, available}. Errors: unauthenticated, forbidden, mfa_required, not_found, invalid_input.';
grant execute on function public.admin_adjust_stock to anon, authenticated, service_role;
