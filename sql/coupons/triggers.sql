create trigger set_updated_at
    before update on public.coupons
    for each row execute function private.set_updated_at();

create trigger validate
    before insert or update of
        code, description, discount_type, discount_value, min_order_amount, max_discount_amount,
        usage_limit, usage_limit_per_user, starts_at, expires_at, is_active
    on public.coupons
    for each row execute function private.validate_coupon_row();

create trigger keep_used
    before delete on public.coupons
    for each row execute function private.keep_used_coupon();

call private.audit_writes('public.coupons', 'id', left_out => array['usage_count']);
