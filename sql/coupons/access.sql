alter table public.coupons enable row level security;
alter table public.coupon_usage enable row level security;

-- usage_count is checkout's alone.
grant select on public.coupons to authenticated, service_role;
grant delete on public.coupons to authenticated, service_role;
grant insert (
    id, code, description, discount_type, discount_value, min_order_amount, max_discount_amount,
    usage_limit, usage_limit_per_user, starts_at, expires_at, is_active
) on public.coupons to authenticated, service_role;
grant update (
    code, description, discount_type, discount_value, min_order_amount, max_discount_amount,
    usage_limit, usage_limit_per_user, starts_at, expires_at, is_active
) on public.coupons to authenticated, service_role;
grant select on public.coupon_usage to authenticated, service_role;

create policy "admins read coupons" on public.coupons
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins add coupons" on public.coupons
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change coupons" on public.coupons
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete unused coupons" on public.coupons
    for delete to authenticated
    using ((select private.is_admin()));

create policy "customers read their uses" on public.coupon_usage
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "admins read all uses of coupons" on public.coupon_usage
    for select to primostore_admin
    using (true);
