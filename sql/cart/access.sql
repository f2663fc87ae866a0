alter table public.cart_items enable row level security;

grant select on public.cart_items to authenticated, service_role;

create policy "customers read their cart" on public.cart_items
    for select to authenticated
    using (
        user_id = (select auth.uid())
        or id between (select private.if_admin('00000000-0000-0000-0000-000000000000'::uuid))
            and (select private.if_admin('ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
    );
