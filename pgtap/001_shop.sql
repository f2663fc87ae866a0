-- What the tests of the purchase path share: products with stock, shipping, and orders in a line. Written for the
-- schema `tests` that 000_helpers.sql makes.
\set QUIET on
set client_min_messages to warning;

-- A product on sale with this many units, received through the ledger. Called as the session's own role.
create function tests.create_product(sku text, price numeric, stock integer default 100, tax_rate numeric default 20.00)
    returns uuid
    volatile
    language plpgsql
    as $$
declare
    shelf uuid;
    new_id uuid;
begin
    insert into public.categories (name, slug)
    values ('Tests', 'tests-shelf')
    on conflict (slug) do nothing;
    select categories.id
    into strict shelf
    from public.categories
    where categories.slug = 'tests-shelf';

    insert into public.products (sku, name, slug, price, tax_rate, category_id)
    values (
        create_product.sku,
        'Product ' || create_product.sku,
        'product-' || lower(create_product.sku),
        create_product.price,
        create_product.tax_rate,
        shelf
    )
    returning id
    into new_id;

    if create_product.stock > 0 then
        perform public.admin_adjust_stock(new_id, create_product.stock, 'first delivery');
    end if;
    return new_id;
end;
$$;

create function tests.create_shipping_method(
    name text,
    price numeric,
    free_from numeric default null,
    zones text[] default '{}',
    is_active boolean default true
)
    returns uuid
    volatile
    language sql
    as $$
    insert into public.shipping_methods (name, price, free_from, zones, is_active)
    values (
        create_shipping_method.name,
        create_shipping_method.price,
        create_shipping_method.free_from,
        create_shipping_method.zones,
        create_shipping_method.is_active
    )
    returning id;
$$;

-- Rows by the name a test gives them, also where the current role may not see them.
create function tests.product(sku text)
    returns uuid
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select products.id from public.products where products.sku = product.sku;
$$;

create function tests.shipping_method(name text)
    returns uuid
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select shipping_methods.id from public.shipping_methods where shipping_methods.name = shipping_method.name;
$$;

create function tests.user_id(email text)
    returns uuid
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select users.id from auth.users where users.email = user_id.email;
$$;

-- A row of `orders` whatever the current role may see, by its id.
create function tests.order_row(order_id uuid)
    returns public.orders
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select orders from public.orders where orders.id = order_row.order_id;
$$;

create function tests.orders_of(email text)
    returns setof public.orders
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select orders.* from public.orders where orders.user_id = tests.user_id(orders_of.email);
$$;

create function tests.stock_of(sku text)
    returns text
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select inventory.stock || ' in stock, ' || inventory.reserved_stock || ' reserved'
    from public.inventory
    where inventory.product_id = tests.product(stock_of.sku);
$$;

create function tests.address(changes jsonb default '{}')
    returns jsonb
    immutable
    language sql
    as $$
    select '{"full_name": "Amina El Fassi", "phone": "+212 612-345678", "line1": "12, rue des Consuls", "city": "Rabat", "country": "MA"}'::jsonb
        || address.changes;
$$;

-- {"SKU": quantity, ...} as place_order takes it.
create function tests.items(quantities jsonb)
    returns jsonb
    stable
    language sql
    as $$
    select jsonb_agg(jsonb_build_object('product_id', tests.product(line.key), 'quantity', line.value))
    from jsonb_each(items.quantities) as line;
$$;

-- place_order as the current role. `changes` are arguments of place_order that differ from a plain cash-on-delivery order
-- by the method "Standard"; for a guest say guest_email.
create function tests.place(quantities jsonb, changes jsonb default '{}')
    returns jsonb
    volatile
    language sql
    as $$
    select public.place_order(
        shipping_address => case when changes ? 'shipping_address' then changes -> 'shipping_address' else tests.address() end,
        shipping_method_id => case
            when changes ? 'shipping_method_id' then (changes ->> 'shipping_method_id')::uuid
            else tests.shipping_method(coalesce(changes ->> 'shipping_method', 'Standard'))
        end,
        payment_method => case when changes ? 'payment_method' then changes ->> 'payment_method' else 'cod' end,
        items => case when changes ? 'items' then changes -> 'items' else tests.items(quantities) end,
        coupon_code => changes ->> 'coupon_code',
        billing_address => changes -> 'billing_address',
        notes => changes ->> 'notes',
        guest_email => changes ->> 'guest_email',
        guest_phone => changes ->> 'guest_phone',
        idempotency_key => changes ->> 'idempotency_key'
    );
$$;

-- Time passes for an order's hold, as far as the database can tell.
create function tests.lapse(order_id uuid)
    returns void
    volatile
    security definer
    set search_path = ''
    language sql
    as $$
    update public.stock_reservations
    set expires_at = now() - interval '1 minute'
    where stock_reservations.order_id = lapse.order_id;

    update public.orders
    set reservation_expires_at = now() - interval '1 minute'
    where orders.id = lapse.order_id;
$$;

-- Where ledger, reservations and inventory disagree: no row when all is well.
create function tests.stock_disagreements()
    returns table (product_id uuid, complaint text)
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    with ledger as (
        select
            stock_movements.product_id,
            coalesce(sum(stock_movements.quantity) filter (
                where stock_movements.kind in ('receive', 'adjust', 'sell', 'restock')
            ), 0) as stock,
            coalesce(sum(
                case stock_movements.kind
                    when 'sell' then stock_movements.quantity
                    when 'reserve' then -stock_movements.quantity
                    when 'release' then -stock_movements.quantity
                end
            ), 0) as reserved
        from public.stock_movements
        group by stock_movements.product_id
    ),

    held as (
        select stock_reservations.product_id, sum(stock_reservations.quantity) as units
        from public.stock_reservations
        where stock_reservations.status = 'active'
        group by stock_reservations.product_id
    )

    select
        inventory.product_id,
        format(
            'inventory %s/%s, ledger %s/%s, reservations %s',
            inventory.stock, inventory.reserved_stock, coalesce(ledger.stock, 0), coalesce(ledger.reserved, 0),
            coalesce(held.units, 0)
        )
    from public.inventory
    left join ledger on ledger.product_id = inventory.product_id
    left join held on held.product_id = inventory.product_id
    where inventory.stock <> coalesce(ledger.stock, 0)
        or inventory.reserved_stock <> coalesce(ledger.reserved, 0)
        or inventory.reserved_stock <> coalesce(held.units, 0);
$$;

-- What a statement comes to for an actor: 'rows' or 'no rows' that it touches or returns, or the code of its error.
-- Nothing of it stays. actor: anon, service_role, postgres (the database's owner), or a user's e-mail.
create function tests.outcome(actor text, sql text)
    returns text
    volatile
    language plpgsql
    as $$
declare
    touched bigint;
    result text;
    message text;
begin
    case outcome.actor
        when 'anon' then perform tests.authenticate_as_anon();
        when 'service_role' then perform tests.authenticate_as_service();
        when 'postgres' then perform tests.clear_authentication();
        else perform tests.authenticate_as(tests.user_id(outcome.actor));
    end case;
    execute outcome.sql;
    get diagnostics touched = row_count;
    result := case when touched > 0 then 'rows' else 'no rows' end;
    raise exception using errcode = 'UNDO0';
exception
    when sqlstate 'UNDO0' then
        return result;
    when others then
        get stacked diagnostics message = message_text;
        return case when sqlstate = 'PGRST' then message::jsonb ->> 'code' else sqlstate end;
end;
$$;

-- One row of an access matrix: what the same statement comes to for a visitor, the row's owner, another customer, an
-- admin and the secret key. The customers are owner@example.com and other@example.com, the admin admin@example.com.
create function tests.outcomes(sql text)
    returns text[]
    volatile
    language sql
    as $$
    select array[
        tests.outcome('anon', sql),
        tests.outcome('owner@example.com', sql),
        tests.outcome('other@example.com', sql),
        tests.outcome('admin@example.com', sql),
        tests.outcome('service_role', sql)
    ];
$$;

grant execute on all functions in schema tests to anon, authenticated, service_role;

begin;
select plan(1);
select ok(to_regprocedure('tests.place(jsonb, jsonb)') is not null, 'the shop''s helpers are in place');
select * from finish();
rollback;
