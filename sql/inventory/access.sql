alter table public.inventory enable row level security;
alter table public.stock_movements enable row level security;
alter table public.stock_reservations enable row level security;

grant select, update (low_stock_threshold) on public.inventory to authenticated, service_role;
grant select on public.stock_movements to authenticated, service_role;
grant select on public.stock_reservations to authenticated, service_role;

create policy "admins read inventory" on public.inventory
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins set the low-stock threshold" on public.inventory
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins read stock movements" on public.stock_movements
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins read stock reservations" on public.stock_reservations
    for select to authenticated
    using ((select private.is_admin()));
