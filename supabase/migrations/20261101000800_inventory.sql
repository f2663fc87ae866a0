-- Composed from sql/inventory by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/inventory/inventory.sql

-- Beside `products`, because it is the hottest row in the system: narrow, and with room on its page for HOT updates.
create table public.inventory (
    product_id uuid primary key references public.products on delete cascade,
    stock integer not null default 0,
    reserved_stock integer not null default 0,
    low_stock_threshold integer not null default 5,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint inventory_stock_range check (stock between 0 and 1000000000),
    constraint inventory_reserved_stock_within_stock check (reserved_stock between 0 and stock),
    constraint inventory_low_stock_threshold_range check (low_stock_threshold between 0 and 1000000)
) with (fillfactor = 50);

comment on table public.inventory is
    'Units of each product. Changed only by orders and admin_adjust_stock, never directly; every change has its stock_movements.';
comment on column public.inventory.stock is 'Units in the warehouse, the promised ones included.';
comment on column public.inventory.reserved_stock is
    'Units promised to orders that are not confirmed yet; lapsed promises count until someone needs the units.';
comment on column public.inventory.low_stock_threshold is 'Units from which down the product counts as low in stock.';

-- sql/inventory/stock_movements.sql

create table public.stock_movements (
    id bigint generated always as identity primary key,
    product_id uuid not null references public.products on delete restrict,
    quantity integer not null,
    kind text not null,
    order_id uuid,
    actor_id uuid,
    reason text,
    created_at timestamptz not null default now(),
    constraint stock_movements_kind_known check (kind in ('receive', 'adjust', 'reserve', 'release', 'sell', 'restock')),
    constraint stock_movements_quantity_sign check (
        case
            when kind in ('receive', 'release', 'restock') then quantity > 0
            when kind in ('reserve', 'sell') then quantity < 0
            else quantity <> 0
        end
    ),
    constraint stock_movements_order_named check (
        kind in ('receive', 'adjust') or order_id is not null
    ),
    constraint stock_movements_reason_length check (char_length(reason) <= 500)
);
create index stock_movements_product_id_idx on public.stock_movements (product_id, id desc);
create index stock_movements_order_id_idx on public.stock_movements (order_id) where order_id is not null;

comment on table public.stock_movements is
    'The ledger of inventory: append-only, signed. stock is the sum of receive, adjust, sell and restock; reserved_stock is the sum of sell less the sums of reserve and release.';
comment on column public.stock_movements.quantity is
    'Units: above zero they come (receive, release, restock), below zero they go (reserve, sell); an adjust is either.';
comment on column public.stock_movements.actor_id is 'The account that caused it; kept after the account is gone.';

-- sql/inventory/stock_reservations.sql

create table public.stock_reservations (
    order_id uuid not null,
    product_id uuid not null,
    quantity integer not null,
    status text not null default 'active',
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint stock_reservations_pkey primary key (order_id, product_id),
    constraint stock_reservations_quantity_positive check (quantity > 0),
    constraint stock_reservations_status_known check (status in ('active', 'committed', 'released'))
);
create index stock_reservations_product_id_idx on public.stock_reservations (product_id, expires_at) where status = 'active';

comment on table public.stock_reservations is
    'What each order holds. active: promised until expires_at; committed: sold; released: given back. Changed only under the lock of the product''s inventory row.';

-- sql/inventory/private/available_stock.sql

-- Units of this one product on sale now: lapsed reservations hold nothing, whether or not they have been swept.
create function private.available_stock(product_id uuid)
    returns integer
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select inventory.stock - inventory.reserved_stock + coalesce((
            select sum(stock_reservations.quantity)::integer
            from public.stock_reservations
            where stock_reservations.product_id = inventory.product_id
                and stock_reservations.status = 'active'
                and stock_reservations.expires_at <= now()
        ), 0)
        from public.inventory
        where inventory.product_id = available_stock.product_id
    );
end;
$$;
grant execute on function private.available_stock to anon, authenticated, service_role;

-- sql/inventory/private/lock_stock.sql

-- Everyone who changes inventory or reservations takes these locks first, in this order, so nobody deadlocks.
create function private.lock_stock(product_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform inventory.product_id
    from public.inventory
    where inventory.product_id = any(lock_stock.product_ids)
    order by inventory.product_id
    for no key update;
end;
$$;

-- sql/inventory/private/release_expired.sql

-- Gives back what lapsed reservations of these products still hold. The caller holds their stock locks.
create function private.release_expired(product_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    with expired as (
        update public.stock_reservations
        set status = 'released'
        where stock_reservations.product_id = any(release_expired.product_ids)
            and stock_reservations.status = 'active'
            and stock_reservations.expires_at <= clock_timestamp()
        returning stock_reservations.order_id, stock_reservations.product_id, stock_reservations.quantity
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id)
        select expired.product_id, expired.quantity, 'release', expired.order_id
        from expired
    )

    update public.inventory
    set reserved_stock = inventory.reserved_stock - released.quantity
    from (
        select expired.product_id, sum(expired.quantity) as quantity
        from expired
        group by expired.product_id
    ) as released
    where inventory.product_id = released.product_id;
end;
$$;

-- sql/inventory/private/take_stock.sql

-- Promises these units, or fails with out_of_stock naming every line that cannot be had. Product ids come in order: whoever takes
-- stock takes its locks in that order, so one update after the other, because one over all would lock as its plan reads. Ledger
-- and reservations are the caller's; this is the hot part, and the last statement of a checkout.
create function private.take_stock(product_ids uuid[], quantities integer[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    missing_ids uuid[];
    missing_quantities integer[];
    short jsonb;
begin
    for place in 1..cardinality(take_stock.product_ids) loop
        update public.inventory
        set reserved_stock = inventory.reserved_stock + take_stock.quantities[place]
        where inventory.product_id = take_stock.product_ids[place]
            and inventory.stock - inventory.reserved_stock >= take_stock.quantities[place];

        if not found then
            -- Held all the same, for the look below.
            perform private.lock_stock(take_stock.product_ids[place:place]);
            missing_ids := missing_ids || take_stock.product_ids[place];
            missing_quantities := missing_quantities || take_stock.quantities[place];
        end if;
    end loop;
    if missing_ids is null then
        return;
    end if;

    -- Lapsed promises may cover what was missing. The locks are held, so this says all there is to say.
    perform private.release_expired(missing_ids);
    with missing as (
        select wanted.product_id, wanted.quantity
        from unnest(missing_ids, missing_quantities) as wanted (product_id, quantity)
    ),

    taken as (
        update public.inventory
        set reserved_stock = inventory.reserved_stock + missing.quantity
        from missing
        where inventory.product_id = missing.product_id
            and inventory.stock - inventory.reserved_stock >= missing.quantity
        returning inventory.product_id
    )

    select jsonb_agg(
        jsonb_build_object(
            'product_id', missing.product_id,
            'requested', missing.quantity,
            'available', coalesce(inventory.stock - inventory.reserved_stock, 0)
        )
        order by missing.product_id
    )
    into short
    from missing
    left join taken on taken.product_id = missing.product_id
    left join public.inventory on inventory.product_id = missing.product_id
    where taken.product_id is null;

    if short is not null then
        perform private.raise_error('out_of_stock', details => short);
    end if;
end;
$$;

-- sql/inventory/private/sell_stock.sql

-- Turns the orders' reservations into sales. Where a hold has lapsed and was given back, the units are taken again or all fails
-- with out_of_stock. The caller holds the stock locks.
create function private.sell_stock(order_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    retaken_ids uuid[];
    retaken_quantities integer[];
begin
    -- 'infinity' keeps release_expired, which take_stock may call, off the units of these very orders.
    with lapsed as (
        select stock_reservations.order_id, stock_reservations.product_id, stock_reservations.status
        from public.stock_reservations
        where stock_reservations.order_id = any(sell_stock.order_ids)
            and (
                stock_reservations.status = 'released'
                or (stock_reservations.status = 'active' and stock_reservations.expires_at <= clock_timestamp())
            )
    ),

    kept as (
        update public.stock_reservations
        set status = 'active',
            expires_at = 'infinity'
        from lapsed
        where stock_reservations.order_id = lapsed.order_id and stock_reservations.product_id = lapsed.product_id
        returning
            stock_reservations.order_id,
            stock_reservations.product_id,
            stock_reservations.quantity,
            lapsed.status = 'released' as was_released
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select kept.product_id, -kept.quantity, 'reserve', kept.order_id, private.caller_id()
        from kept
        where kept.was_released
    )

    select array_agg(retaken.product_id order by retaken.product_id), array_agg(retaken.quantity order by retaken.product_id)
    into retaken_ids, retaken_quantities
    from (
        select kept.product_id, sum(kept.quantity)::integer as quantity
        from kept
        where kept.was_released
        group by kept.product_id
    ) as retaken;

    if retaken_ids is not null then
        perform private.take_stock(retaken_ids, retaken_quantities);
    end if;

    with sold as (
        update public.stock_reservations
        set status = 'committed'
        where stock_reservations.order_id = any(sell_stock.order_ids)
            and stock_reservations.status = 'active'
        returning stock_reservations.order_id, stock_reservations.product_id, stock_reservations.quantity
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select sold.product_id, -sold.quantity, 'sell', sold.order_id, private.caller_id()
        from sold
    )

    update public.inventory
    set stock = inventory.stock - summed.quantity,
        reserved_stock = inventory.reserved_stock - summed.quantity
    from (
        select sold.product_id, sum(sold.quantity) as quantity
        from sold
        group by sold.product_id
    ) as summed
    where inventory.product_id = summed.product_id;
end;
$$;

-- sql/inventory/private/return_stock.sql

-- Gives the orders' units back: what is promised is released, what is sold is restocked. The caller holds the stock locks.
create function private.return_stock(order_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    with held as (
        select stock_reservations.order_id, stock_reservations.product_id, stock_reservations.status
        from public.stock_reservations
        where stock_reservations.order_id = any(return_stock.order_ids)
            and stock_reservations.status <> 'released'
    ),

    returned as (
        update public.stock_reservations
        set status = 'released'
        from held
        where stock_reservations.order_id = held.order_id and stock_reservations.product_id = held.product_id
        returning
            stock_reservations.order_id,
            stock_reservations.product_id,
            stock_reservations.quantity,
            held.status = 'committed' as was_sold
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select
            returned.product_id,
            returned.quantity,
            case when returned.was_sold then 'restock' else 'release' end,
            returned.order_id,
            private.caller_id()
        from returned
    )

    update public.inventory
    set stock = inventory.stock + summed.sold,
        reserved_stock = inventory.reserved_stock - summed.promised
    from (
        select
            returned.product_id,
            coalesce(sum(returned.quantity) filter (where returned.was_sold), 0) as sold,
            coalesce(sum(returned.quantity) filter (where not returned.was_sold), 0) as promised
        from returned
        group by returned.product_id
    ) as summed
    where inventory.product_id = summed.product_id;
end;
$$;

-- sql/inventory/private/adjust_stock.sql

-- Adds or takes away units in the warehouse, never below what is promised.
create function private.adjust_stock(product_id uuid, quantity integer, reason text default null)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    current_row public.inventory;
begin
    perform private.require_admin();
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when adjust_stock.product_id is null then '["required"]'::jsonb end,
        'quantity', case
            when adjust_stock.quantity is null then '["required"]'::jsonb
            when adjust_stock.quantity = 0 then '["required", {"reason": "must not be 0"}]'
            when adjust_stock.quantity < -1000000000 then '["below", -1000000000]'
            when adjust_stock.quantity > 1000000000 then '["above", 1000000000]'
        end,
        'reason', private.text_fault(adjust_stock.reason, 500)
    ));

    perform private.lock_stock(array[adjust_stock.product_id]);
    perform private.release_expired(array[adjust_stock.product_id]);

    select *
    into current_row
    from public.inventory
    where inventory.product_id = adjust_stock.product_id;

    if not found then
        perform private.raise_error('not_found', 'There is no such product.');
    end if;
    -- Never below what is promised.
    perform private.raise_invalid(jsonb_build_object('quantity', case
        when current_row.stock::bigint + adjust_stock.quantity < current_row.reserved_stock then jsonb_build_array(
            'below',
            current_row.reserved_stock - current_row.stock,
            jsonb_build_object('reason', format('must leave the %s units that are promised to orders', current_row.reserved_stock))
        )
        when current_row.stock::bigint + adjust_stock.quantity > 1000000000 then jsonb_build_array(
            'above', 1000000000 - current_row.stock
        )
    end));

    insert into public.stock_movements (product_id, quantity, kind, actor_id, reason)
    values (
        adjust_stock.product_id,
        adjust_stock.quantity,
        case when adjust_stock.quantity > 0 then 'receive' else 'adjust' end,
        private.caller_id(),
        adjust_stock.reason
    );

    update public.inventory
    set stock = inventory.stock + adjust_stock.quantity
    where inventory.product_id = adjust_stock.product_id
    returning * into current_row;

    return jsonb_build_object(
        'product_id', current_row.product_id,
        'stock', current_row.stock,
        'reserved_stock', current_row.reserved_stock,
        'available', current_row.stock - current_row.reserved_stock
    );
end;
$$;
grant execute on function private.adjust_stock to anon, authenticated, service_role;

-- sql/inventory/private/create_inventory.sql

create function private.create_inventory()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into public.inventory (product_id)
    select created.id
    from created;
    return null;
end;
$$;

-- sql/inventory/triggers.sql

create trigger set_updated_at
    before update on public.inventory
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.stock_reservations
    for each row execute function private.set_updated_at();

create trigger create_inventory
    after insert on public.products
    referencing new table as created
    for each statement execute function private.create_inventory();

create trigger append_only
    before update or delete or truncate on public.stock_movements
    for each statement execute function private.refuse_change();

-- Row by row, because statement triggers would gather the rows that every checkout writes.
create trigger audit
    after update of low_stock_threshold on public.inventory
    for each row
    when (old.low_stock_threshold is distinct from new.low_stock_threshold)
    execute function private.audit_row('product_id');

create trigger audit
    after insert on public.stock_movements
    for each row
    when (new.kind in ('receive', 'adjust'))
    execute function private.audit_row('id');

-- sql/inventory/access.sql

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

-- sql/inventory/api/stock_on_products.sql

-- Computed fields of `products`. A parent is bought as one of its variants, so it has what they have.
create function private.stock_on_sale(product_id uuid)
    returns integer
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.may_see_product(stock_on_sale.product_id) then
        return null;
    end if;

    return coalesce(
        (
            select coalesce(sum(private.available_stock(variants.id)) filter (where variants.is_active), 0)::integer
            from public.products as variants
            where variants.parent_id = stock_on_sale.product_id and variants.deleted_at is null
            having count(*) > 0
        ),
        private.available_stock(stock_on_sale.product_id),
        0
    );
end;
$$;
grant execute on function private.stock_on_sale to anon, authenticated, service_role;

create function public.available_stock(product public.products)
    returns integer
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.stock_on_sale(product.id);
end;
$$;
comment on function public.available_stock is
    'Computed field of products (select=*,available_stock): units on sale now. A product with variants has the sum of theirs. Null for a product that the caller does not see.';
grant execute on function public.available_stock to anon, authenticated, service_role;

create function public.in_stock(product public.products)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.stock_on_sale(product.id) > 0;
end;
$$;
comment on function public.in_stock is
    'Computed field of products (select=*,in_stock): whether at least one unit, of the product or of a variant, is on sale now. Null for a product that the caller does not see.';
grant execute on function public.in_stock to anon, authenticated, service_role;

-- sql/inventory/api/admin_adjust_stock.sql

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
