alter table public.categories enable row level security;
alter table public.category_attributes enable row level security;
alter table public.products enable row level security;
alter table public.product_images enable row level security;
alter table public.product_costs enable row level security;
alter table public.price_history enable row level security;
alter table public.wishlists enable row level security;

grant select on public.categories, public.category_attributes, public.products, public.product_images to anon;
grant select, insert, update, delete
    on public.categories, public.category_attributes, public.product_images, public.product_costs
    to authenticated, service_role;
-- Products are never deleted: deleted_at withdraws them.
grant select, insert, update on public.products to authenticated, service_role;
grant select on public.price_history to authenticated, service_role;
grant select, insert, delete on public.wishlists to authenticated, service_role;

create policy "people read categories on show" on public.categories
    for select to anon, authenticated
    using (id <> all((select hidden_category_list.ids from private.hidden_category_list)::uuid[]));

create policy "admins add categories" on public.categories
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change categories" on public.categories
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete categories" on public.categories
    for delete to authenticated
    using ((select private.is_admin()));

-- Attributes are seen where their category is: the query below meets the policies above.
create policy "people read attributes of the categories they see" on public.category_attributes
    for select to anon, authenticated
    using (exists (select from public.categories where categories.id = category_attributes.category_id));

create policy "admins add attributes" on public.category_attributes
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change attributes" on public.category_attributes
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete attributes" on public.category_attributes
    for delete to authenticated
    using ((select private.is_admin()));

-- The same as private.products_on_show, which a policy on products can't read.
create policy "people read products on show" on public.products
    for select to anon, authenticated
    using (
        is_active
        and deleted_at is null
        and (category_id is null or category_id <> all((select hidden_category_list.ids from private.hidden_category_list)::uuid[]))
        and is_parent_on_show
    );

create policy "admins add products" on public.products
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change products" on public.products
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "people read pictures of products on show" on public.product_images
    for select to anon, authenticated
    using (is_on_show);

create policy "admins add pictures" on public.product_images
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change pictures" on public.product_images
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete pictures" on public.product_images
    for delete to authenticated
    using ((select private.is_admin()));

create policy "admins read costs" on public.product_costs
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins add costs" on public.product_costs
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change costs" on public.product_costs
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete costs" on public.product_costs
    for delete to authenticated
    using ((select private.is_admin()));

create policy "admins read former prices" on public.price_history
    for select to authenticated
    using ((select private.is_admin()));

create policy "customers read their wishlist" on public.wishlists
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "customers add products they see to their wishlist" on public.wishlists
    for insert to authenticated
    with check (
        user_id = (select auth.uid())
        and exists (select from public.products where products.id = wishlists.product_id)
    );

create policy "customers remove from their wishlist" on public.wishlists
    for delete to authenticated
    using (user_id = (select auth.uid()));

create policy "admins read all products" on public.products
    for select to primostore_admin
    using (true);

create policy "admins read all categories" on public.categories
    for select to primostore_admin
    using (true);

create policy "admins read all pictures" on public.product_images
    for select to primostore_admin
    using (true);
