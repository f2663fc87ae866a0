-- Composed from sql/cart by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/cart/cart_items.sql

create table public.cart_items (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid() references auth.users on delete cascade,
    product_id uuid not null references public.products on delete cascade,
    quantity integer not null,
    was_on_show boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint cart_items_user_product_unique unique (user_id, product_id),
    constraint cart_items_quantity_range check (quantity between 1 and 999)
);
create index cart_items_product_id_idx on public.cart_items (product_id);

comment on column public.cart_items.was_on_show is
    'Whether the product was on show when it came into the cart: of one that never was, the cart tells nothing.';
comment on table public.cart_items is 'Signed-in customers'' carts. Written through rpc/add_to_cart, set_cart_item, sync_cart and clear_cart.';

-- sql/cart/private/lock_cart.sql

-- One request at a time on one customer's cart, the order that empties it included.
create function private.lock_cart(user_id uuid)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('cart:' || lock_cart.user_id, 0));
end;
$$;

-- sql/cart/private/cart_document.sql

-- The cart as every cart call returns it.
create function private.cart_document(user_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        with lines as (
            select
                cart_items.id,
                cart_items.product_id,
                cart_items.created_at,
                cart_items.quantity,
                told.slug,
                told.sku,
                private.localise(told.translations, 'name', told.name) as name,
                told.options,
                told.price,
                images.url as image_url,
                private.available_stock(sold.id) as available
            from public.cart_items
            left join private.sellable_products as sold on sold.id = cart_items.product_id
            -- Of a hidden product, a customer who has never seen it is told nothing.
            left join public.products as told
                on told.id = cart_items.product_id
                and (
                    cart_items.was_on_show
                    or exists (select from private.products_on_show as shown where shown.id = cart_items.product_id)
                )
            left join lateral (
                select product_images.url
                from public.product_images
                where product_images.product_id in (told.id, told.parent_id)
                order by product_images.product_id = told.id desc, product_images.is_primary desc, product_images.sort_order
                limit 1
            ) as images on true
            where cart_items.user_id = cart_document.user_id
        )

        select jsonb_build_object(
            'items', coalesce(
                jsonb_agg(
                    jsonb_build_object(
                        'id', lines.id,
                        'product_id', lines.product_id,
                        'slug', lines.slug,
                        'sku', lines.sku,
                        'name', lines.name,
                        'options', lines.options,
                        'image_url', lines.image_url,
                        'quantity', lines.quantity,
                        'unit_price', lines.price,
                        'line_total', lines.quantity * lines.price,
                        'available', coalesce(lines.available, 0),
                        'issue', case
                            when lines.available is null then 'unavailable'
                            when lines.available <= 0 then 'out_of_stock'
                            when lines.available < lines.quantity then 'insufficient_stock'
                        end
                    )
                    order by lines.created_at, lines.product_id
                ),
                '[]'::jsonb
            ),
            'item_count', coalesce(sum(lines.quantity), 0),
            'subtotal', coalesce(sum(lines.quantity * lines.price), 0.00),
            'currency', private.setting_text('store.currency')
        )
        from lines
    );
end;
$$;

-- sql/cart/private/set_cart_line.sql

-- Puts a line in the cart with this quantity, if it can be had. The caller holds the cart's lock.
create function private.set_cart_line(user_id uuid, product_id uuid, quantity bigint)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    product public.products;
    available integer;
begin
    if set_cart_line.quantity > 999 then
        perform private.raise_invalid('{"quantity": ["above", 999, {"reason": "must be at most 999 units of a product"}]}');
    end if;

    select *
    into product
    from public.products
    where products.id = set_cart_line.product_id;

    if product.id is null or not private.is_sellable(product) then
        perform private.raise_error(
            'product_unavailable',
            details => jsonb_build_array(jsonb_build_object('product_id', set_cart_line.product_id))
        );
    end if;

    available := private.available_stock(product.id);
    if coalesce(available, 0) < set_cart_line.quantity then
        perform private.raise_error('out_of_stock', details => jsonb_build_array(jsonb_build_object(
            'product_id', product.id,
            'requested', set_cart_line.quantity,
            'available', greatest(coalesce(available, 0), 0)
        )));
    end if;

    insert into public.cart_items (user_id, product_id, quantity)
    values (set_cart_line.user_id, product.id, set_cart_line.quantity)
    on conflict on constraint cart_items_user_product_unique
    do update set quantity = excluded.quantity;
end;
$$;

-- sql/cart/private/get_cart.sql

create function private.get_cart()
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.cart_document(private.require_user());
end;
$$;
grant execute on function private.get_cart to anon, authenticated, service_role;

-- sql/cart/private/add_to_cart.sql

create function private.add_to_cart(product_id uuid, quantity integer)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
    in_cart integer;
begin
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when add_to_cart.product_id is null then '["required"]'::jsonb end,
        'quantity', case
            when add_to_cart.quantity is null then '["required"]'::jsonb
            when add_to_cart.quantity < 1 then '["below", 1]'
            when add_to_cart.quantity > 999 then '["above", 999]'
        end
    ));

    perform private.lock_cart(caller);
    select cart_items.quantity
    into in_cart
    from public.cart_items
    where cart_items.user_id = caller and cart_items.product_id = add_to_cart.product_id;

    perform private.set_cart_line(caller, add_to_cart.product_id, coalesce(in_cart, 0) + add_to_cart.quantity);
    return private.cart_document(caller);
end;
$$;
grant execute on function private.add_to_cart to anon, authenticated, service_role;

-- sql/cart/private/set_cart_item.sql

create function private.set_cart_item(product_id uuid, quantity integer)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
begin
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when set_cart_item.product_id is null then '["required"]'::jsonb end,
        'quantity', case
            when set_cart_item.quantity is null then '["required"]'::jsonb
            when set_cart_item.quantity < 0 then '["below", 0]'
            when set_cart_item.quantity > 999 then '["above", 999]'
        end
    ));

    perform private.lock_cart(caller);
    if set_cart_item.quantity = 0 then
        delete from public.cart_items
        where cart_items.user_id = caller and cart_items.product_id = set_cart_item.product_id;
    else
        perform private.set_cart_line(caller, set_cart_item.product_id, set_cart_item.quantity);
    end if;
    return private.cart_document(caller);
end;
$$;
grant execute on function private.set_cart_item to anon, authenticated, service_role;

-- sql/cart/private/clear_cart.sql

create function private.clear_cart()
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
begin
    perform private.lock_cart(caller);
    delete from public.cart_items
    where cart_items.user_id = caller;
    return private.cart_document(caller);
end;
$$;
grant execute on function private.clear_cart to anon, authenticated, service_role;

-- sql/cart/private/sync_cart.sql

-- The server's lines win; the client's other lines are added as they are, with their issue where they can't be had; a line
-- holds 999 units at most. What is no product at all is left out.
create function private.sync_cart(items jsonb)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
begin
    perform private.raise_invalid(private.item_faults(coalesce(sync_cart.items, 'null'::jsonb)));
    perform private.lock_cart(caller);

    insert into public.cart_items (user_id, product_id, quantity, was_on_show)
    select
        caller,
        line.product_id,
        least(line.quantity, 999),
        exists (select from private.products_on_show as shown where shown.id = line.product_id)
    from private.summed_items(sync_cart.items) as line
    inner join public.products on products.id = line.product_id
    on conflict on constraint cart_items_user_product_unique do nothing;

    return private.cart_document(caller);
end;
$$;
grant execute on function private.sync_cart to anon, authenticated, service_role;

-- sql/cart/triggers.sql

create trigger set_updated_at
    before update on public.cart_items
    for each row execute function private.set_updated_at();

-- sql/cart/access.sql

alter table public.cart_items enable row level security;

grant select on public.cart_items to authenticated, service_role;

create policy "customers read their cart" on public.cart_items
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "admins read all carts" on public.cart_items
    for select to primostore_admin
    using (true);

-- sql/cart/api/get_cart.sql

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

-- sql/cart/api/add_to_cart.sql

create function public.add_to_cart(product_id uuid, quantity integer default 1)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.add_to_cart(product_id, quantity);
end;
$$;
comment on function public.add_to_cart is
    'Adds units of a product to the caller''s cart and returns the cart (see get_cart). Errors: unauthenticated, invalid_input, product_unavailable, out_of_stock.';
grant execute on function public.add_to_cart to anon, authenticated, service_role;

-- sql/cart/api/set_cart_item.sql

create function public.set_cart_item(product_id uuid, quantity integer)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.set_cart_item(product_id, quantity);
end;
$$;
comment on function public.set_cart_item is
    'Sets the units of a product in the caller''s cart, 0 removes it; returns the cart (see get_cart). Errors: unauthenticated, invalid_input, product_unavailable, out_of_stock.';
grant execute on function public.set_cart_item to anon, authenticated, service_role;

-- sql/cart/api/clear_cart.sql

create function public.clear_cart()
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.clear_cart();
end;
$$;
comment on function public.clear_cart is
    'Empties the caller''s cart and returns it (see get_cart). Errors: unauthenticated.';
grant execute on function public.clear_cart to anon, authenticated, service_role;

-- sql/cart/api/sync_cart.sql

create function public.sync_cart(items jsonb)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.sync_cart(items);
end;
$$;
comment on function public.sync_cart is
    'On sign-in: adds the browser''s lines [{product_id, quantity}] to the caller''s cart and returns it (see get_cart). Lines already in the cart win; repeated products are summed; what cannot be had is kept with its issue. Errors: unauthenticated, invalid_input.';
grant execute on function public.sync_cart to anon, authenticated, service_role;
