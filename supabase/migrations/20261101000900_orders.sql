-- Composed from sql/orders by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/orders/order_transitions.sql

-- The status machine. A move that is not here cannot be made by anyone.
create table private.order_transitions (
    from_status text not null,
    to_status text not null,
    by_customer boolean not null,
    needs_payment boolean not null,
    primary key (from_status, to_status)
);
comment on table private.order_transitions is
    'Allowed moves of orders.status. by_customer: the order''s customer may make it too; needs_payment: only where money was paid.';

insert into private.order_transitions (from_status, to_status, by_customer, needs_payment)
values
    ('pending', 'confirmed', false, false),
    ('pending', 'cancelled', true, false),
    ('confirmed', 'processing', false, false),
    ('confirmed', 'cancelled', true, false),
    ('processing', 'shipped', false, false),
    ('processing', 'cancelled', false, false),
    ('shipped', 'delivered', false, false),
    ('delivered', 'refunded', false, true),
    ('cancelled', 'refunded', false, true);

-- sql/orders/orders.sql

create sequence private.order_number_seq;

create table public.orders (
    id uuid primary key default gen_random_uuid(),
    order_number text not null,
    user_id uuid references auth.users on delete set null,
    guest_email text,
    guest_phone text,
    status text not null default 'pending',
    payment_status text not null default 'pending',
    payment_method text not null,
    payment_intent_id text,
    currency text not null,
    subtotal numeric(10, 2) not null,
    discount_amount numeric(10, 2) not null default 0,
    shipping_cost numeric(10, 2) not null default 0,
    tax_amount numeric(10, 2) not null default 0,
    total numeric(10, 2) not null,
    coupon_id uuid references public.coupons on delete restrict,
    shipping_method_id uuid references public.shipping_methods on delete restrict,
    shipping_address jsonb not null,
    billing_address jsonb,
    notes text,
    placed_at timestamptz not null default now(),
    reservation_expires_at timestamptz,
    confirmed_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint orders_order_number_unique unique (order_number),
    constraint orders_status_known check (
        status in ('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled', 'refunded')
    ),
    constraint orders_payment_status_known check (
        payment_status in ('pending', 'paid', 'failed', 'refunded', 'partially_refunded')
    ),
    constraint orders_payment_method_known check (payment_method in ('cod', 'payment_link', 'stripe')),
    constraint orders_subtotal_not_negative check (subtotal >= 0),
    constraint orders_discount_within_subtotal check (discount_amount between 0 and subtotal),
    constraint orders_shipping_cost_not_negative check (shipping_cost >= 0),
    constraint orders_tax_within_total check (tax_amount between 0 and total),
    constraint orders_total_adds_up check (total = subtotal - discount_amount + shipping_cost),
    constraint orders_one_buyer check (user_id is null or guest_email is null),
    constraint orders_notes_text check (char_length(notes) <= 1000 and private.is_plain_text(notes, multiline => true))
);
create index orders_user_id_idx on public.orders (user_id, created_at desc);
create index orders_created_at_idx on public.orders (created_at desc);
create index orders_status_idx on public.orders (status, created_at desc);
create index orders_coupon_id_idx on public.orders (coupon_id) where coupon_id is not null;
create index orders_shipping_method_id_idx on public.orders (shipping_method_id);
create index orders_guest_email_idx on public.orders (lower(guest_email)) where guest_email is not null;
create index orders_reservation_expires_at_idx on public.orders (reservation_expires_at) where status = 'pending';

comment on table public.orders is
    'Orders, placed through rpc/place_order. Their amounts never change; status moves as private.order_transitions allows. Money in the order''s currency, tax included.';
comment on column public.orders.order_number is 'What people read out: prefix, date in the store''s time zone, running number. Gaps are allowed.';
comment on column public.orders.user_id is 'The customer''s account; null for guests and when the account is deleted.';
comment on column public.orders.subtotal is 'Sum of quantity * unit_price, before discount.';
comment on column public.orders.tax_amount is 'Tax contained in total.';
comment on column public.orders.total is 'subtotal - discount_amount + shipping_cost: what the customer pays.';
comment on column public.orders.reservation_expires_at is 'Until when the stock is held while the order is pending.';

-- sql/orders/order_items.sql

create table public.order_items (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null references public.orders on delete restrict,
    product_id uuid not null references public.products on delete restrict,
    sku text not null,
    name text not null,
    options jsonb,
    quantity integer not null,
    unit_price numeric(10, 2) not null,
    discount_amount numeric(10, 2) not null default 0,
    tax_rate numeric(5, 2) not null,
    tax_amount numeric(10, 2) not null,
    line_total numeric(10, 2) not null,
    created_at timestamptz not null default now(),
    constraint order_items_order_product_unique unique (order_id, product_id),
    constraint order_items_quantity_range check (quantity between 1 and 999),
    constraint order_items_unit_price_not_negative check (unit_price >= 0),
    constraint order_items_discount_within_line check (discount_amount between 0 and quantity * unit_price),
    constraint order_items_line_adds_up check (line_total = quantity * unit_price - discount_amount),
    constraint order_items_tax_within_line check (tax_amount between 0 and line_total)
);
create index order_items_product_id_idx on public.order_items (product_id);

comment on table public.order_items is 'What was ordered, as it was then: a snapshot, never changed.';
comment on column public.order_items.unit_price is 'Price of one unit when ordered, tax included.';
comment on column public.order_items.discount_amount is 'This line''s share of the order''s discount.';
comment on column public.order_items.tax_rate is 'Per cent.';
comment on column public.order_items.tax_amount is 'Tax contained in line_total, rounded half up.';
comment on column public.order_items.line_total is 'quantity * unit_price - discount_amount.';

-- sql/orders/order_status_history.sql

create table public.order_status_history (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null references public.orders on delete restrict,
    status text not null,
    changed_by uuid references auth.users on delete set null,
    notes text,
    created_at timestamptz not null default clock_timestamp(),
    constraint order_status_history_notes_text check (
        char_length(notes) <= 1000 and private.is_plain_text(notes, multiline => true)
    )
);
create index order_status_history_order_id_idx on public.order_status_history (order_id, created_at desc);
create index order_status_history_changed_by_idx on public.order_status_history (changed_by) where changed_by is not null;

comment on table public.order_status_history is 'Every status an order has had; the customer reads it. Written by trigger.';
comment on column public.order_status_history.notes is 'What was said with the move, for instance why the order was cancelled.';

-- sql/orders/order_notes.sql

create table public.order_notes (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null references public.orders on delete restrict,
    author_id uuid default auth.uid() references auth.users on delete set null,
    note text not null,
    created_at timestamptz not null default now(),
    constraint order_notes_note_text check (
        char_length(note) between 1 and 2000 and private.is_plain_text(note, multiline => true)
    )
);
create index order_notes_order_id_idx on public.order_notes (order_id, created_at desc);
create index order_notes_author_id_idx on public.order_notes (author_id) where author_id is not null;

comment on table public.order_notes is 'The shop''s own notes on an order. Customers cannot read them.';

-- sql/orders/order_origins.sql

create table public.order_origins (
    order_id uuid primary key references public.orders on delete restrict,
    ip_address inet,
    user_agent text,
    created_at timestamptz not null default now()
);

comment on table public.order_origins is 'Where an order came from. Customers cannot read it.';

-- sql/orders/guest_access.sql

-- Until when a guest may read and cancel an order with its token. The token itself is derived, never stored.
create table private.guest_access (
    order_id uuid primary key references public.orders on delete cascade,
    expires_at timestamptz not null,
    revoked_at timestamptz
);

-- sql/orders/idempotency_keys.sql

-- One row for each place_order that succeeded under a key; the retention job forgets old ones.
create table private.idempotency_keys (
    scope text not null,
    key text not null,
    request_hash bytea not null,
    order_id uuid references public.orders on delete cascade,
    response jsonb,
    created_at timestamptz not null default now(),
    constraint idempotency_keys_pkey primary key (scope, key)
);
create index idempotency_keys_order_id_idx on private.idempotency_keys (order_id);
create index idempotency_keys_created_at_idx on private.idempotency_keys (created_at);
comment on table private.idempotency_keys is 'scope: the account''s id, or guest. response: the first answer, without its guest token.';

-- sql/orders/links.sql

-- References to orders from tables that stand before it.
alter table public.stock_movements
add constraint stock_movements_order_id_fkey foreign key (order_id) references public.orders on delete restrict;

alter table public.stock_reservations
add constraint stock_reservations_order_id_fkey foreign key (order_id) references public.orders on delete restrict;

alter table public.coupon_usage
add constraint coupon_usage_order_id_fkey foreign key (order_id) references public.orders on delete restrict;

-- sql/orders/private/next_order_number.sql

create function private.next_order_number()
    returns text
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select private.setting_text('order.number_prefix')
            || to_char(now() at time zone private.setting_text('store.time_zone'), '-YYMMDD-')
            || case when number > 9999999 then number::text else lpad(number::text, 7, '0') end
        from nextval('private.order_number_seq') as number
    );
end;
$$;

-- sql/orders/private/address.sql

-- An address as clients send it: the keys of user_addresses. A saved row may be sent as it is, so its own columns pass.

-- What is wrong with it, each key behind `field`; {} when nothing is.
create function private.address_faults(address jsonb, field text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(address_faults.address) is distinct from 'object' then
        return jsonb_build_object(address_faults.field, 'must be an object with full_name, line1, city and country');
    end if;

    return coalesce((
        select jsonb_object_agg(address_faults.field || '.' || fault.key, fault.reason)
        from (
            select
                known.key,
                case
                    when jsonb_typeof(address_faults.address -> known.key) not in ('string', 'null') then 'must be a string'
                    when known.key = 'country' then case
                        when address_faults.address ->> 'country' !~ '^\s*[A-Za-z]{2}\s*$' then 'is not an ISO country code of two letters'
                    end
                    when known.key = 'phone' then private.phone_fault(nullif(btrim(address_faults.address ->> 'phone'), ''))
                    else private.text_fault(address_faults.address ->> known.key, known.max_length, known.required)
                end as reason
            from (
                values
                    ('label', 50, false),
                    ('full_name', 200, true),
                    ('phone', 20, false),
                    ('line1', 200, true),
                    ('line2', 200, false),
                    ('city', 100, true),
                    ('region', 100, false),
                    ('postal_code', 20, false),
                    ('country', 2, false)
            ) as known (key, max_length, required)
            union all
            select left(sent.key, 50), 'is not part of an address'
            from jsonb_object_keys(address_faults.address) as sent (key)
            where sent.key not in (
                'label', 'full_name', 'phone', 'line1', 'line2', 'city', 'region', 'postal_code', 'country',
                'id', 'user_id', 'is_default_shipping', 'is_default_billing', 'created_at', 'updated_at'
            )
        ) as fault
        where fault.reason is not null
    ), '{}'::jsonb);
end;
$$;
grant execute on function private.address_faults to authenticated, service_role;

-- The address as it is kept: its own keys only, trimmed, empty ones left out, with a country.
create function private.clean_address(address jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if clean_address.address is null then
        return null;
    end if;
    return (
        select jsonb_build_object('country', private.setting_text('store.country')) || coalesce(jsonb_object_agg(
            part.key,
            case when part.key = 'country' then upper(btrim(part.value)) else btrim(part.value) end
        ), '{}'::jsonb)
        from jsonb_each_text(clean_address.address) as part
        where part.key in ('label', 'full_name', 'phone', 'line1', 'line2', 'city', 'region', 'postal_code', 'country')
            and btrim(part.value) <> ''
    );
end;
$$;
grant execute on function private.clean_address to authenticated, service_role;

-- sql/orders/private/guest_token.sql

-- The token with which a guest reads and cancels one order: derived from the order and its expiry, so that a replay can
-- return it and nothing readable is stored. Null where there is no guest access, or no longer.
create function private.guest_token(order_id uuid)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select encode(
            extensions.hmac(
                convert_to(guest_access.order_id || '|' || extract(epoch from guest_access.expires_at), 'UTF8'),
                secrets.value,
                'sha256'
            ),
            'hex'
        )
        from private.guest_access
        inner join private.secrets on secrets.name = 'guest_token'
        where guest_access.order_id = guest_token.order_id
            and guest_access.expires_at > now()
            and guest_access.revoked_at is null
    );
end;
$$;

-- This order's id when the token opens it; null, and counted, when it doesn't. asked: how the caller named the order, for
-- the log.
create function private.open_with_guest_token(order_id uuid, guest_token text, asked jsonb)
    returns uuid
    set search_path = ''
    language plpgsql
    as $$
declare
    guesser text := coalesce(private.client_ip()::text, 'unknown');
    guess_limit text := private.setting_text('rate_limits.coupons');
begin
    if private.is_over_limit('guest_order', guesser, guess_limit) then
        perform private.raise_rate_limited(guess_limit);
    end if;

    -- Digests are compared, so the time it takes says nothing about the token.
    if sha256(convert_to(private.guest_token(open_with_guest_token.order_id), 'UTF8'))
        = sha256(convert_to(open_with_guest_token.guest_token, 'UTF8')) then
        return open_with_guest_token.order_id;
    end if;

    perform private.count_hit('guest_order', guesser, guess_limit);
    perform private.log_security_event('guest_token_refused', 'warning', open_with_guest_token.asked);
    return null;
end;
$$;

-- The order that a number and a token open; null, and counted, when they don't.
create function private.open_guest_order(order_number text, guest_token text)
    returns uuid
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.open_with_guest_token(
        (
            select orders.id
            from public.orders
            where orders.order_number = open_guest_order.order_number
        ),
        open_guest_order.guest_token,
        jsonb_build_object('order_number', left(open_guest_order.order_number, 50))
    );
end;
$$;

-- sql/orders/private/order_document.sql

-- An order as place_order, cancel_order and guest_order return it.
create function private.order_document(order_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select jsonb_build_object(
            'id', orders.id,
            'order_number', orders.order_number,
            'status', orders.status,
            'payment_status', orders.payment_status,
            'payment_method', orders.payment_method,
            'currency', orders.currency,
            'subtotal', orders.subtotal,
            'discount_amount', orders.discount_amount,
            'shipping_cost', orders.shipping_cost,
            'tax_amount', orders.tax_amount,
            'total', orders.total,
            'items', (
                select jsonb_agg(
                    jsonb_build_object(
                        'id', order_items.id,
                        'product_id', order_items.product_id,
                        'sku', order_items.sku,
                        'name', order_items.name,
                        'options', order_items.options,
                        'quantity', order_items.quantity,
                        'unit_price', order_items.unit_price,
                        'discount_amount', order_items.discount_amount,
                        'tax_rate', order_items.tax_rate,
                        'tax_amount', order_items.tax_amount,
                        'line_total', order_items.line_total
                    )
                    order by order_items.name, order_items.product_id
                )
                from public.order_items
                where order_items.order_id = orders.id
            ),
            'shipping_address', orders.shipping_address,
            'placed_at', orders.placed_at,
            'reservation_expires_at', orders.reservation_expires_at,
            'next_action', case
                when orders.status = 'pending' and orders.payment_status in ('pending', 'failed') and orders.payment_method <> 'cod'
                    then jsonb_build_object('type', orders.payment_method)
            end
        )
        from public.orders
        where orders.id = order_document.order_id
    );
end;
$$;

-- sql/orders/private/order_faults.sql

-- Everything that is wrong with what place_order was sent, field by field; {} when nothing is.
create function private.order_faults(
    shipping_address jsonb,
    shipping_method_id uuid,
    payment_method text,
    items jsonb,
    coupon_code text,
    billing_address jsonb,
    notes text,
    guest_email text,
    guest_phone text,
    idempotency_key text,
    is_guest boolean
)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.address_faults(shipping_address, 'shipping_address')
        || case
            when jsonb_typeof(billing_address) <> 'null' then private.address_faults(billing_address, 'billing_address')
            else '{}'::jsonb
        end
        || case
            when jsonb_typeof(items) <> 'null' then coalesce(private.item_faults(items), private.item_sum_faults(items), '{}'::jsonb)
            else '{}'::jsonb
        end
        || jsonb_strip_nulls(jsonb_build_object(
            'shipping_method_id', case when shipping_method_id is null then 'is required' end,
            'payment_method', case when payment_method is null then 'is required' end,
            'coupon_code', private.text_fault(coupon_code, 50),
            'notes', private.text_fault(notes, 1000, multiline => true),
            'guest_email', case when is_guest then private.email_fault(btrim(guest_email), required => true) end,
            'guest_phone', case when is_guest then private.phone_fault(nullif(btrim(guest_phone), '')) end,
            'idempotency_key', case
                when idempotency_key = '' then 'must not be empty'
                else private.text_fault(idempotency_key, 255)
            end
        ));
end;
$$;

-- sql/orders/private/snapshot_lines.sql

-- The lines of an order as the catalogue has them now; everything after this is computed from the snapshot.
-- Fails with product_unavailable, naming each line that is not on sale and why.
create function private.snapshot_lines(items jsonb)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
declare
    snapshot jsonb;
    unavailable jsonb;
begin
    select
        jsonb_agg(
            jsonb_build_object(
                'product_id', sold.id,
                'sku', sold.sku,
                'name', sold.name,
                'options', sold.options,
                'quantity', line.quantity,
                'unit_price', sold.price,
                'tax_rate', sold.tax_rate
            )
            order by line.product_id
        ) filter (where sold.id is not null),
        jsonb_agg(
            jsonb_build_object(
                'product_id', line.product_id,
                'reason', case
                    when exists (select from public.products where products.id = line.product_id) then 'not on sale'
                    else 'unknown'
                end
            )
            order by line.product_id
        ) filter (where sold.id is null)
    into snapshot, unavailable
    from private.summed_items(snapshot_lines.items) as line
    left join private.sellable_products as sold on sold.id = line.product_id;

    if unavailable is not null then
        perform private.raise_error('product_unavailable', details => unavailable);
    end if;
    if jsonb_array_length(snapshot) > 500 then
        perform private.raise_invalid('{"items": "has more than 500 products"}');
    end if;
    return snapshot;
end;
$$;

-- sql/orders/private/price_lines.sql

-- Tax contained in an amount at a rate in per cent, rounded half up.
create function private.contained_tax(amount numeric, rate numeric)
    returns numeric
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return round(amount * rate / (100 + rate), 2);
end;
$$;

-- A snapshot's lines with their share of the discount and their tax. Shares are cut to the centime, and the centimes left
-- over go to the largest remainders, so they add back exactly.
create function private.price_lines(snapshot jsonb, discount numeric)
    returns table (
        product_id uuid,
        sku text,
        name text,
        options jsonb,
        quantity integer,
        unit_price numeric,
        discount_amount numeric,
        tax_rate numeric,
        tax_amount numeric,
        line_total numeric
    )
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    with lines as (
        select line.*, line.quantity * line.unit_price as gross
        from jsonb_to_recordset(price_lines.snapshot) as line (
            product_id uuid,
            sku text,
            name text,
            options jsonb,
            quantity integer,
            unit_price numeric,
            tax_rate numeric
        )
    ),

    shares as (
        select lines.*, price_lines.discount * lines.gross / nullif(sum(lines.gross) over (), 0) as exact
        from lines
    ),

    cut as (
        select
            shares.*,
            trunc(coalesce(shares.exact, 0), 2) as share,
            price_lines.discount - sum(trunc(coalesce(shares.exact, 0), 2)) over () as left_over,
            row_number() over (order by shares.exact - trunc(shares.exact, 2) desc, shares.product_id) as rank
        from shares
    ),

    shared as (
        select cut.*, cut.share + case when cut.rank <= cut.left_over * 100 then 0.01 else 0 end as line_discount
        from cut
    )

    select
        shared.product_id,
        shared.sku,
        shared.name,
        shared.options,
        shared.quantity,
        shared.unit_price,
        shared.line_discount,
        shared.tax_rate,
        private.contained_tax(shared.gross - shared.line_discount, shared.tax_rate),
        shared.gross - shared.line_discount
    from shared;
end;
$$;

-- sql/orders/private/write_order.sql

-- Writes a new order with all its cold rows, computing every amount. The hot ones, coupon and stock, are not touched:
-- place_order takes them last.
create function private.write_order(
    buyer uuid,
    shipping_address jsonb,
    shipping_method_id uuid,
    payment_method text,
    items jsonb,
    coupon_code text,
    billing_address jsonb,
    notes text,
    guest_email text,
    guest_phone text
)
    returns public.orders
    set search_path = ''
    language plpgsql
    as $$
declare
    largest_amount constant numeric := 99999999.99;
    too_large constant jsonb := '{"items": "come to more than an order can hold (99999999.99)"}'::jsonb;
    snapshot jsonb;
    address jsonb := private.clean_address(write_order.shipping_address);
    method public.shipping_methods;
    coupon public.coupons;
    refusal text;
    sum_of_lines numeric;
    discount numeric := 0;
    shipping numeric;
    new_order public.orders;
begin
    if write_order.items is null or write_order.items = '[]' then
        perform private.raise_error('cart_empty');
    end if;
    snapshot := private.snapshot_lines(write_order.items);
    sum_of_lines := (
        select sum(line.quantity * line.unit_price)
        from jsonb_to_recordset(snapshot) as line (quantity integer, unit_price numeric)
    );
    if sum_of_lines > largest_amount then
        perform private.raise_invalid(too_large);
    end if;

    if not private.setting('checkout.payment_methods') ? write_order.payment_method then
        perform private.raise_error('payment_method_unavailable');
    end if;

    if nullif(btrim(write_order.coupon_code), '') is not null then
        select *
        into coupon
        from public.coupons
        where lower(coupons.code) = lower(btrim(write_order.coupon_code));

        refusal := private.check_coupon(
            coupon,
            sum_of_lines,
            write_order.buyer,
            coalesce(write_order.guest_email, private.confirmed_email(write_order.buyer))
        );
        if refusal is not null then
            perform private.raise_error('coupon_' || refusal);
        end if;
        discount := private.coupon_discount(coupon, sum_of_lines);
    end if;

    select *
    into method
    from public.shipping_methods
    where shipping_methods.id = write_order.shipping_method_id
        and shipping_methods.is_active
        and private.serves(shipping_methods.zones, address ->> 'country', address ->> 'city');
    if method.id is null then
        perform private.raise_error('shipping_unavailable');
    end if;
    shipping := case
        when coupon.discount_type = 'free_shipping' then 0
        else private.shipping_price(method, sum_of_lines)
    end;

    if sum_of_lines - discount + shipping > largest_amount then
        perform private.raise_invalid(too_large);
    end if;

    with priced as materialized (
        select line.*
        from private.price_lines(snapshot, discount) as line
    ),

    written as (
        insert into public.orders (
            order_number, user_id, guest_email, guest_phone, payment_method, currency,
            subtotal, discount_amount, shipping_cost, tax_amount, total,
            coupon_id, shipping_method_id, shipping_address, billing_address, notes, reservation_expires_at
        )
        values (
            private.next_order_number(),
            write_order.buyer,
            write_order.guest_email,
            write_order.guest_phone,
            write_order.payment_method,
            private.setting_text('store.currency'),
            sum_of_lines,
            discount,
            shipping,
            (select sum(priced.tax_amount) from priced)
            + private.contained_tax(shipping, (private.setting('tax.shipping_rate') #>> '{}')::numeric),
            sum_of_lines - discount + shipping,
            coupon.id,
            method.id,
            address,
            private.clean_address(write_order.billing_address),
            nullif(btrim(write_order.notes), ''),
            now() + case write_order.payment_method
                when 'cod' then make_interval(hours => private.setting_int('checkout.cod_hold_hours'))
                else make_interval(mins => private.setting_int('checkout.online_hold_minutes'))
            end
        )
        returning *
    ),

    lines_written as (
        insert into public.order_items (
            order_id, product_id, sku, name, options, quantity,
            unit_price, discount_amount, tax_rate, tax_amount, line_total
        )
        select
            written.id, priced.product_id, priced.sku, priced.name, priced.options, priced.quantity,
            priced.unit_price, priced.discount_amount, priced.tax_rate, priced.tax_amount, priced.line_total
        from written
        cross join priced
    )

    select *
    into new_order
    from written;

    insert into public.payments (order_id, provider, amount, currency, status, paid_at)
    values (
        new_order.id,
        new_order.payment_method,
        new_order.total,
        new_order.currency,
        case when new_order.total = 0 then 'paid' else 'pending' end,
        case when new_order.total = 0 then now() end
    );
    if new_order.total = 0 then
        update public.orders
        set payment_status = 'paid'
        where orders.id = new_order.id
        returning * into new_order;
    end if;

    insert into public.order_origins (order_id, ip_address, user_agent)
    values (new_order.id, private.client_ip(), left(private.request_header('user-agent'), 500));

    if write_order.buyer is null then
        insert into private.guest_access (order_id, expires_at)
        values (new_order.id, now() + interval '90 days');
    end if;

    perform private.enqueue('order.placed', jsonb_build_object('order_id', new_order.id));
    return new_order;
end;
$$;

-- sql/orders/private/write_reservations.sql

-- Writes what a new order will hold until `expires_at`. take_order_stock then takes it: these rows are cold, those hot.
create function private.write_reservations(order_id uuid, expires_at timestamptz)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    with held as (
        insert into public.stock_reservations (order_id, product_id, quantity, expires_at)
        select order_items.order_id, order_items.product_id, order_items.quantity, write_reservations.expires_at
        from public.order_items
        where order_items.order_id = write_reservations.order_id
        returning stock_reservations.order_id, stock_reservations.product_id, stock_reservations.quantity
    )

    insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
    select held.product_id, -held.quantity, 'reserve', held.order_id, private.caller_id()
    from held;
end;
$$;

create function private.take_order_stock(order_id uuid)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    product_ids uuid[];
    quantities integer[];
begin
    select array_agg(stock_reservations.product_id), array_agg(stock_reservations.quantity)
    into product_ids, quantities
    from public.stock_reservations
    where stock_reservations.order_id = take_order_stock.order_id;

    perform private.take_stock(product_ids, quantities);
end;
$$;

-- sql/orders/private/recall_order.sql

-- Claims an idempotency key for this request, or returns what the key's first request made. A twin that is still running
-- is waited for by the unique index: when it fails, the key is ours.
create function private.recall_order(scope text, key text, request_hash bytea)
    returns private.idempotency_keys
    set search_path = ''
    language plpgsql
    as $$
declare
    remembered private.idempotency_keys;
begin
    insert into private.idempotency_keys (scope, key, request_hash)
    values (recall_order.scope, recall_order.key, recall_order.request_hash)
    on conflict on constraint idempotency_keys_pkey do nothing;
    if found then
        return null;
    end if;

    select *
    into remembered
    from private.idempotency_keys
    where idempotency_keys.scope = recall_order.scope and idempotency_keys.key = recall_order.key;

    if remembered.request_hash is distinct from recall_order.request_hash then
        perform private.raise_error('idempotency_conflict');
    end if;
    return remembered;
end;
$$;

-- sql/orders/private/place_order.sql

-- Checkout, in one transaction: validate, write the order's cold rows, then the coupon's row, then the stock rows in
-- product order. Nothing slow may follow them: their locks last until commit.
create function private.place_order(
    shipping_address jsonb,
    shipping_method_id uuid,
    payment_method text,
    items jsonb,
    coupon_code text,
    billing_address jsonb,
    notes text,
    guest_email text,
    guest_phone text,
    idempotency_key text
)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    buyer uuid := private.caller_id();
    caller_scope text := coalesce(buyer::text, 'guest');
    lines jsonb := nullif(place_order.items, 'null'::jsonb);
    billing jsonb := nullif(place_order.billing_address, 'null'::jsonb);
    email text;
    phone text;
    remembered private.idempotency_keys;
    new_order public.orders;
    answer jsonb;
begin
    if buyer is not null and not exists (select from auth.users where users.id = buyer) then
        perform private.raise_error('unauthenticated');
    end if;
    perform private.raise_invalid(private.order_faults(
        shipping_address, shipping_method_id, payment_method, lines, coupon_code, billing, notes,
        guest_email, guest_phone, idempotency_key, is_guest => buyer is null
    ));
    if buyer is null then
        email := btrim(place_order.guest_email);
        phone := nullif(btrim(place_order.guest_phone), '');
    end if;

    if place_order.idempotency_key is not null then
        remembered := private.recall_order(caller_scope, place_order.idempotency_key, sha256(convert_to(jsonb_build_array(
            shipping_address, shipping_method_id, payment_method, lines, coupon_code, billing, notes, email, phone
        )::text, 'UTF8')));
        if remembered.order_id is not null then
            return remembered.response
                || jsonb_build_object('guest_token', private.guest_token(remembered.order_id));
        end if;
    end if;

    if lines is null and buyer is not null then
        perform private.lock_cart(buyer);
        with taken as (
            delete from public.cart_items
            where cart_items.user_id = buyer
            returning cart_items.product_id, cart_items.quantity
        )

        select jsonb_agg(jsonb_build_object('product_id', taken.product_id, 'quantity', taken.quantity))
        into lines
        from taken;
    end if;

    new_order := private.write_order(
        buyer, shipping_address, shipping_method_id, payment_method, lines, coupon_code, billing, notes, email, phone
    );
    perform private.write_reservations(new_order.id, new_order.reservation_expires_at);
    answer := private.order_document(new_order.id);
    update private.idempotency_keys
    set order_id = new_order.id,
        response = answer
    where idempotency_keys.scope = caller_scope and idempotency_keys.key = place_order.idempotency_key;
    answer := answer || jsonb_build_object('guest_token', private.guest_token(new_order.id));

    if new_order.coupon_id is not null then
        perform private.redeem_coupon(
            new_order.coupon_id,
            new_order.id,
            buyer,
            coalesce(email, private.confirmed_email(buyer)),
            new_order.discount_amount
        );
    end if;
    perform private.take_order_stock(new_order.id);
    return answer;
exception
    -- query_canceled: several waits within lock_timeout may together reach the role's statement_timeout.
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.place_order to anon, authenticated, service_role;

-- sql/orders/private/move_order.sql

-- Moves an order; the triggers decide whether it may, and do what follows from it.
create function private.move_order(order_id uuid, status text, note text default null)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform set_config('primostore.status_note', coalesce(move_order.note, ''), true);
    update public.orders
    set status = move_order.status
    where orders.id = move_order.order_id;
    perform set_config('primostore.status_note', '', true);
end;
$$;

-- sql/orders/private/cancel_order.sql

-- Cancels an order that the caller has been found to own. The row lock makes the second of two cancellations see the first.
create function private.cancel_own_order(order_id uuid, reason text)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
declare
    current_status text;
begin
    select orders.status
    into current_status
    from public.orders
    where orders.id = cancel_own_order.order_id
    for no key update;

    if not exists (
        select
        from private.order_transitions
        where order_transitions.from_status = current_status
            and order_transitions.to_status = 'cancelled'
            and (order_transitions.by_customer or private.is_service() or private.is_admin())
    ) then
        perform private.raise_error('order_not_cancellable', details => jsonb_build_object('status', current_status));
    end if;

    perform private.move_order(cancel_own_order.order_id, 'cancelled', nullif(btrim(cancel_own_order.reason), ''));
    return private.order_document(cancel_own_order.order_id);
end;
$$;

create function private.cancel_order(order_id uuid, reason text)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    caller uuid := private.caller_id();
begin
    if caller is null and not private.is_service() then
        perform private.raise_error('unauthenticated');
    end if;
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'order_id', case when cancel_order.order_id is null then 'is required' end,
        'reason', private.text_fault(cancel_order.reason, 500, multiline => true)
    )));

    if not exists (
        select
        from public.orders
        where orders.id = cancel_order.order_id
            and (orders.user_id = caller or private.is_service() or private.is_admin())
    ) then
        perform private.raise_error('not_found', 'There is no such order.');
    end if;
    return private.cancel_own_order(cancel_order.order_id, cancel_order.reason);
exception
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.cancel_order to anon, authenticated, service_role;

create function private.cancel_guest_order(order_number text, guest_token text, reason text)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    opened uuid;
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'reason', private.text_fault(cancel_guest_order.reason, 500, multiline => true)
    )));
    opened := private.open_guest_order(cancel_guest_order.order_number, cancel_guest_order.guest_token);
    if opened is null then
        return null;
    end if;
    return private.cancel_own_order(opened, cancel_guest_order.reason);
exception
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.cancel_guest_order to anon, authenticated, service_role;

-- sql/orders/private/guest_order.sql

create function private.guest_order(order_number text, guest_token text)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    opened uuid := private.open_guest_order(guest_order.order_number, guest_order.guest_token);
begin
    return private.order_document(opened) || jsonb_build_object('history', (
        select jsonb_agg(
            jsonb_build_object(
                'status', order_status_history.status,
                'notes', order_status_history.notes,
                'created_at', order_status_history.created_at
            )
            order by order_status_history.created_at
        )
        from public.order_status_history
        where order_status_history.order_id = opened
    ));
end;
$$;
grant execute on function private.guest_order to anon, authenticated, service_role;

-- sql/orders/private/track_order.sql

-- Never raises, so that wrong guesses commit and count; too many are answered with status 429 by hand.
create function private.track_order(order_number text, email text)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    guesser text := coalesce(private.client_ip()::text, private.caller_id()::text, 'unknown');
    guess_limit text := private.setting_text('rate_limits.coupons');
    tracked public.orders;
begin
    if private.is_over_limit('track_order', guesser, guess_limit) then
        perform set_config('response.status', '429', true);
        perform set_config(
            'response.headers',
            jsonb_build_array(jsonb_build_object(
                'Retry-After',
                (private.limit_window(guess_limit)).seconds_left::text
            ))::text,
            true
        );
    else
        select orders.*
        into tracked
        from public.orders
        left join auth.users on users.id = orders.user_id
        where orders.order_number = btrim(track_order.order_number)
            and lower(coalesce(orders.guest_email, users.email)) = lower(btrim(track_order.email));

        if tracked.id is null then
            perform private.count_hit('track_order', guesser, guess_limit);
        end if;
    end if;

    return jsonb_build_object(
        'found', tracked.id is not null,
        'order_number', tracked.order_number,
        'status', tracked.status,
        'placed_at', tracked.placed_at,
        'shipped_at', tracked.shipped_at
    );
end;
$$;
grant execute on function private.track_order to anon, authenticated, service_role;

-- sql/orders/private/claim_guest_orders.sql

create function private.claim_guest_orders()
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
    email text := private.confirmed_email(caller);
    claimed integer;
begin
    if email is null then
        perform private.raise_error(
            'forbidden',
            'Your e-mail address is not confirmed.',
            hint => 'Confirm it with the link in the mail, then try again.'
        );
    end if;

    with attached as (
        update public.orders
        set user_id = caller,
            guest_email = null
        where orders.guest_email is not null
            and lower(orders.guest_email) = email
        returning orders.id
    ),

    used as (
        update public.coupon_usage
        set user_id = caller
        from attached
        where coupon_usage.order_id = attached.id
    )

    select count(*)
    into claimed
    from attached;
    return claimed;
end;
$$;
grant execute on function private.claim_guest_orders to anon, authenticated, service_role;

-- sql/orders/triggers.sql

create trigger set_updated_at
    before update on public.orders
    for each row execute function private.set_updated_at();

-- Whether the move may be made, by whoever tries: this trigger is the rule, for RPCs, direct writes and service_role alike.
create function private.check_order_move()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    move private.order_transitions;
begin
    select *
    into move
    from private.order_transitions
    where order_transitions.from_status = old.status and order_transitions.to_status = new.status;

    if move.to_status is null
        or move.needs_payment and old.payment_status not in ('paid', 'partially_refunded', 'refunded') then
        perform private.raise_error(
            'invalid_transition',
            details => jsonb_build_object('from', old.status, 'to', new.status)
        );
    end if;
    if not (move.by_customer or private.is_service() or private.is_admin()) then
        perform private.raise_error('forbidden');
    end if;

    case new.status
        when 'confirmed' then new.confirmed_at := now();
        when 'shipped' then new.shipped_at := now();
        when 'delivered' then new.delivered_at := now();
        when 'cancelled' then new.cancelled_at := now();
        else null;
    end case;
    return new;
end;
$$;

create trigger check_order_move
    before update of status on public.orders
    for each row execute function private.check_order_move();

-- What follows from a status: history, messages, payments, and last the hot rows, coupon before stock as at checkout.
create function private.follow_order_status()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into public.order_status_history (order_id, status, changed_by, notes)
    values (
        new.id,
        new.status,
        private.caller_id(),
        nullif(current_setting('primostore.status_note', true), '')
    );
    if tg_op = 'INSERT' then
        return null;
    end if;

    perform private.enqueue('order.' || new.status, jsonb_build_object('order_id', new.id));

    if new.status = 'cancelled' then
        -- A failed one could have been tried again.
        update public.payments
        set status = 'cancelled'
        where payments.order_id = new.id and payments.status in ('pending', 'failed');

        perform private.mark_refund_due(payments.id, 'order_cancelled')
        from public.payments
        where payments.order_id = new.id
            and payments.status in ('paid', 'partially_refunded')
            and payments.amount > 0
            and payments.refund_due_at is null;

        if new.coupon_id is not null then
            perform private.return_coupon(new.id, new.coupon_id);
        end if;
        perform private.return_stock(new.id);
    elsif new.status = 'confirmed' then
        perform private.sell_stock(new.id);
    end if;
    return null;
end;
$$;

create trigger follow_order_status
    after insert or update of status on public.orders
    for each row execute function private.follow_order_status();

create function private.validate_order_edit()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(
        private.address_faults(new.shipping_address, 'shipping_address')
        || case
            when new.billing_address is null then '{}'::jsonb
            else private.address_faults(new.billing_address, 'billing_address')
        end
        || jsonb_strip_nulls(jsonb_build_object('notes', private.text_fault(new.notes, 1000, multiline => true)))
    );
    new.shipping_address := private.clean_address(new.shipping_address);
    new.billing_address := private.clean_address(new.billing_address);
    return new;
end;
$$;

create trigger validate
    before update of shipping_address, billing_address, notes on public.orders
    for each row execute function private.validate_order_edit();

-- Snapshots and history are never rewritten. Accounts leave them by `on delete set null`, and only so.
create function private.refuse_rewrite()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if to_jsonb(new) - 'changed_by' is distinct from to_jsonb(old) - 'changed_by' then
        raise exception '%.% is append-only', tg_table_schema, tg_table_name
            using errcode = '42501', hint = 'Order lines and history stay as they were.';
    end if;
    return new;
end;
$$;

create trigger append_only
    before update on public.order_status_history
    for each row execute function private.refuse_rewrite();

create trigger refuse_delete
    before delete or truncate on public.order_status_history
    for each statement execute function private.refuse_change();

create trigger append_only
    before update or delete or truncate on public.order_items
    for each statement execute function private.refuse_change();

-- sql/orders/access.sql

alter table public.orders enable row level security;
alter table public.order_items enable row level security;
alter table public.order_status_history enable row level security;
alter table public.order_notes enable row level security;
alter table public.order_origins enable row level security;

grant select, update (status, shipping_address, billing_address, notes) on public.orders to authenticated, service_role;
grant select on public.order_items to authenticated, service_role;
grant select on public.order_status_history to authenticated, service_role;
grant select, insert (order_id, note), delete on public.order_notes to authenticated, service_role;
grant select on public.order_origins to authenticated, service_role;

create policy "customers read their orders, admins all" on public.orders
    for select to authenticated
    using (
        user_id = (select auth.uid())
        or (
            id between (select private.if_admin('00000000-0000-0000-0000-000000000000'::uuid))
            and (select private.if_admin('ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
            -- With one range alone the planner would rather walk the index of the latest orders.
            and created_at between (select private.if_admin('-infinity'::timestamptz))
            and (select private.if_admin('infinity'::timestamptz))
        )
        -- Says nothing new. But what is not in a sub-select the planner works out beforehand: so it knows whether all orders
        -- are read or a customer's few, and walks an index for an admin's latest orders instead of sorting them all.
        or (
            (select private.is_admin())
            and id >= private.if_admin('00000000-0000-0000-0000-000000000000'::uuid)
        )
    );

create policy "admins change orders" on public.orders
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "customers read their order lines, admins all" on public.order_items
    for select to authenticated
    using (
        order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid())))
        or id between (select private.if_admin('00000000-0000-0000-0000-000000000000'::uuid))
            and (select private.if_admin('ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
    );

create policy "customers read their orders' history, admins all" on public.order_status_history
    for select to authenticated
    using (
        order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid())))
        or id between (select private.if_admin('00000000-0000-0000-0000-000000000000'::uuid))
            and (select private.if_admin('ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
    );

create policy "admins read order notes" on public.order_notes
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins add order notes" on public.order_notes
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins delete order notes" on public.order_notes
    for delete to authenticated
    using ((select private.is_admin()));

create policy "admins read order origins" on public.order_origins
    for select to authenticated
    using ((select private.is_admin()));

-- sql/orders/api/place_order.sql

create function public.place_order(
    shipping_address jsonb,
    shipping_method_id uuid,
    payment_method text,
    items jsonb default null,
    coupon_code text default null,
    billing_address jsonb default null,
    notes text default null,
    guest_email text default null,
    guest_phone text default null,
    idempotency_key text default null
)
    returns jsonb
    set search_path = ''
    language sql
    as $$
    select private.place_order(
        shipping_address, shipping_method_id, payment_method, items, coupon_code, billing_address, notes,
        guest_email, guest_phone, idempotency_key
    );
$$;
comment on function public.place_order is
    'Places an order of items [{product_id, quantity}], or of the caller''s cart when items is null, which it empties. Addresses have the keys of user_addresses (full_name, line1 and city are required); payment_method: cod, payment_link or stripe; guests give guest_email. Prices, discount, tax and shipping are computed here. The same idempotency_key with the same request returns the first answer. Returns {id, order_number, status, payment_status, payment_method, currency, subtotal, discount_amount, shipping_cost, tax_amount, total, items[], shipping_address, placed_at, reservation_expires_at, guest_token, next_action}; guest_token only for guests, next_action null, {type: payment_link} or {type: stripe}. Errors: unauthenticated, invalid_input, cart_empty, product_unavailable, out_of_stock, payment_method_unavailable, shipping_unavailable, coupon_invalid, coupon_expired, coupon_not_started, coupon_min_amount, coupon_exhausted, coupon_already_used, idempotency_conflict, busy.';
grant execute on function public.place_order to anon, authenticated, service_role;

-- sql/orders/api/cancel_order.sql

create function public.cancel_order(order_id uuid, reason text default null)
    returns jsonb
    set search_path = ''
    language sql
    as $$
    select private.cancel_order(order_id, reason);
$$;
comment on function public.cancel_order is
    'Cancels the caller''s order while it is pending or confirmed (admins: processing too), gives stock and coupon back, and returns the order as place_order does. Errors: unauthenticated, invalid_input, not_found, order_not_cancellable, busy.';
grant execute on function public.cancel_order to anon, authenticated, service_role;

-- sql/orders/api/guest_order.sql

create function public.guest_order(order_number text, guest_token text)
    returns jsonb
    set search_path = ''
    language sql
    as $$
    select private.guest_order(order_number, guest_token);
$$;
comment on function public.guest_order is
    'A guest''s order, as place_order returns it, with its history [{status, notes, created_at}]; null for a wrong or expired token, which is counted. Errors: rate_limited.';
grant execute on function public.guest_order to anon, authenticated, service_role;

-- sql/orders/api/cancel_guest_order.sql

create function public.cancel_guest_order(order_number text, guest_token text, reason text default null)
    returns jsonb
    set search_path = ''
    language sql
    as $$
    select private.cancel_guest_order(order_number, guest_token, reason);
$$;
comment on function public.cancel_guest_order is
    'Cancels a guest''s order while it is pending or confirmed and returns it as place_order does; null for a wrong or expired token, which is counted. Errors: invalid_input, order_not_cancellable, rate_limited, busy.';
grant execute on function public.cancel_guest_order to anon, authenticated, service_role;

-- sql/orders/api/track_order.sql

create function public.track_order(order_number text, email text)
    returns jsonb
    set search_path = ''
    language sql
    as $$
    select private.track_order(order_number, email);
$$;
comment on function public.track_order is
    'Where an order is, for whoever knows its number and e-mail: {found, order_number, status, placed_at, shipped_at}. Never raises; too many wrong guesses are answered with status 429.';
grant execute on function public.track_order to anon, authenticated, service_role;

-- sql/orders/api/claim_guest_orders.sql

create function public.claim_guest_orders()
    returns integer
    set search_path = ''
    language sql
    as $$
    select private.claim_guest_orders();
$$;
comment on function public.claim_guest_orders is
    'Attaches the guest orders of the caller''s confirmed e-mail to the account and returns how many. Errors: unauthenticated, forbidden (e-mail not confirmed).';
grant execute on function public.claim_guest_orders to anon, authenticated, service_role;
