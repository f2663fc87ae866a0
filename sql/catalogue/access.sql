alter table public.categories enable row level security;
alter table public.category_attributes enable row level security;
alter table public.products enable row level security;
alter table public.product_images enable row level security;
alter table public.product_costs enable row level security;
alter table public.wishlists enable row level security;

grant select on public.categories, public.category_attributes, public.products, public.product_images to anon;
grant select, insert, update, delete on public.categories to authenticated, service_role;
grant select, insert, update, delete on public.category_attributes to authenticated, service_role;
grant select, insert, update on public.products to authenticated, service_role;
grant select, insert, update, delete on public.product_images to authenticated, service_role;
grant select, insert, update, delete on public.product_costs to authenticated, service_role;
grant select, insert (id, user_id, product_id), delete on public.wishlists to authenticated, service_role;

-- The visible part of the catalogue, the same for visitors and customers. What is compared with is computed once per
-- statement; only variants cost a look at their parent.

create policy "visitors read visible categories" on public.categories
    for select to anon
    using (id <> all(array(select private.hidden_category_ids())));

create policy "customers read visible categories, admins all" on public.categories
    for select to authenticated
    using ((select private.is_admin()) or id <> all(array(select private.hidden_category_ids())));

create policy "visitors read the attributes of visible categories" on public.category_attributes
    for select to anon
    using (category_id <> all(array(select private.hidden_category_ids())));

create policy "customers read the attributes of visible categories, admins all" on public.category_attributes
    for select to authenticated
    using ((select private.is_admin()) or category_id <> all(array(select private.hidden_category_ids())));

create policy "visitors read visible products" on public.products
    for select to anon
    using (
        is_active
        and deleted_at is null
        and (category_id is null or category_id <> all(array(select private.hidden_category_ids())))
        and (parent_id is null or private.is_visible_parent(parent_id))
    );

create policy "customers read visible products, admins all" on public.products
    for select to authenticated
    using (
        (select private.is_admin())
        or is_active
        and deleted_at is null
        and (category_id is null or category_id <> all(array(select private.hidden_category_ids())))
        and (parent_id is null or private.is_visible_parent(parent_id))
    );

create policy "visitors read the images of visible products" on public.product_images
    for select to anon
    using (exists (select from public.products where products.id = product_images.product_id));

create policy "customers read the images of visible products, admins all" on public.product_images
    for select to authenticated
    using (
        (select private.is_admin())
        or exists (select from public.products where products.id = product_images.product_id)
    );

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

create policy "admins add category attributes" on public.category_attributes
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change category attributes" on public.category_attributes
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete category attributes" on public.category_attributes
    for delete to authenticated
    using ((select private.is_admin()));

-- Products are never deleted: orders refer to them. Set deleted_at.
create policy "admins add products" on public.products
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change products" on public.products
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins add product images" on public.product_images
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change product images" on public.product_images
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete product images" on public.product_images
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

create policy "customers read their wishlist" on public.wishlists
    for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));

create policy "customers add to their wishlist" on public.wishlists
    for insert to authenticated
    with check (user_id = (select auth.uid()));

create policy "customers take from their wishlist" on public.wishlists
    for delete to authenticated
    using (user_id = (select auth.uid()));
