-- Composed from sql/orders by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/orders/order_transitions.sql

-- The status machine. A move that is not here cannot be made by anyone.
create table private.order_transitions (
    from_status text not null,
    to_status text not null,
    by_customer boolean not null,
    by_payment boolean not null,
    needs_payment boolean not null,
    primary key (from_status, to_status)
);
comment on table private.order_transitions is
    'Allowed moves of orders.status. by_customer: the order''s customer may make it too; by_payment: paying makes it, whoever pays; needs_payment: only where money was paid.';

insert into private.order_transitions (from_status, to_status, by_customer, by_payment, needs_payment)
values
    ('pending', 'confirmed', false, true, false),
    ('pending', 'cancelled', true, false, false),
    ('confirmed', 'processing', false, false, false),
    ('confirmed', 'cancelled', true, false, false),
    ('processing', 'shipped', false, false, false),
    ('processing', 'cancelled', false, false, false),
    ('shipped', 'delivered', false, false, false),
    ('delivered', 'refunded', false, false, true),
    ('cancelled', 'refunded', false, false, true);

-- sql/orders/orders.sql

create sequence private.order_number_seq;

create table public.orders (
    id uuid primary key default private.next_id(),
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
    language text not null default 'fr',
    carrier text,
    tracking_number text,
    tracking_url text,
    refunded_amount numeric(10, 2) not null default 0,
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
    constraint orders_refunded_amount_within_total check (refunded_amount between 0 and total),
    constraint orders_total_adds_up check (total = subtotal - discount_amount + shipping_cost),
    constraint orders_one_buyer check (user_id is null or guest_email is null)
);
create index orders_user_id_idx on public.orders (user_id, placed_at desc);
create index orders_placed_at_idx on public.orders (placed_at desc, id);
create index orders_status_idx on public.orders (status, placed_at desc);
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
comment on column public.orders.placed_at is 'When it was placed: what lists and reports go by.';
comment on column public.orders.reservation_expires_at is 'Until when the stock is held while the order is pending.';
comment on column public.orders.language is 'ISO code of the language the customer ordered in, one of store.languages; messages are written in it.';
comment on column public.orders.carrier is 'Who carries the parcel.';
comment on column public.orders.tracking_number is 'The carrier''s number of the parcel.';
comment on column public.orders.tracking_url is 'Where the parcel can be followed.';
comment on column public.orders.refunded_amount is 'What has been given back.';

-- sql/orders/order_items.sql

create table public.order_items (
    id uuid primary key default private.next_id(),
    order_id uuid not null references public.orders on delete restrict,
    product_id uuid not null references public.products on delete restrict,
    category_id uuid,
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
comment on column public.order_items.category_id is 'The product''s category when ordered; kept when the category is gone.';
comment on column public.order_items.name is 'As the buyer read it, in the language of the order.';
comment on column public.order_items.unit_price is 'Price of one unit when ordered, tax included.';
comment on column public.order_items.discount_amount is 'This line''s share of the order''s discount.';
comment on column public.order_items.tax_rate is 'Per cent.';
comment on column public.order_items.tax_amount is 'Tax contained in line_total, rounded half up.';
comment on column public.order_items.line_total is 'quantity * unit_price - discount_amount.';

-- sql/orders/order_status_history.sql

create table public.order_status_history (
    id uuid primary key default private.next_id(),
    order_id uuid not null references public.orders on delete restrict,
    status text not null,
    actor text not null,
    notes text,
    created_at timestamptz not null default clock_timestamp(),
    constraint order_status_history_actor_known check (actor in ('customer', 'guest', 'staff', 'system')),
    constraint order_status_history_notes_text check (
        char_length(notes) <= 1000 and private.is_plain_text(notes, multiline => true)
    )
);
create index order_status_history_order_id_idx on public.order_status_history (order_id, created_at desc);

comment on table public.order_status_history is
    'Every status an order has had, from its first move on; the customer reads it. Written by trigger. An order that has not moved is pending since orders.placed_at, and has no history yet.';
comment on column public.order_status_history.actor is 'customer | guest | staff | system: who moved it there.';
comment on column public.order_status_history.notes is 'What was said with the move, for instance why the order was cancelled.';

-- Which member of staff made a move: nothing that the customer, who reads the history, is told.
create table private.order_status_actors (
    history_id uuid primary key references public.order_status_history on delete cascade,
    user_id uuid not null
);
comment on table private.order_status_actors is 'The accounts behind actor = staff. No foreign key to them: the history outlives them.';

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

-- One row for each order beside it: what the shop knows of where it came from, and until when its guest may open it.
create table public.order_origins (
    order_id uuid primary key references public.orders on delete restrict,
    ip_address inet,
    user_agent text,
    guest_access_until timestamptz,
    created_at timestamptz not null default now()
);

comment on table public.order_origins is 'Where an order came from. Customers cannot read it.';
comment on column public.order_origins.ip_address is 'The client''s address; null when no trusted proxy named it.';
comment on column public.order_origins.guest_access_until is
    'Until when the guest''s token opens the order; null for an account''s order, and once the order was claimed. The token itself is derived, never stored.';

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
add constraint stock_reservations_line_fkey foreign key (order_id, product_id)
    references public.order_items (order_id, product_id) on delete restrict;

alter table public.coupon_usage
add constraint coupon_usage_order_id_fkey foreign key (order_id) references public.orders on delete restrict;

-- sql/orders/private/next_order_number.sql

-- Such as PS-260131-0004217: the date is the store's.
create function private.next_order_number(prefix text, time_zone text)
    returns text
    volatile
    set search_path = ''
    language plpgsql
    as $$
declare
    number constant text := nextval('private.order_number_seq')::text;
begin
    return prefix
        || to_char(now() at time zone next_order_number.time_zone, '-YYMMDD-')
        || lpad(number, greatest(char_length(number), 7), '0');
end;
$$;

-- sql/orders/private/address_faults.sql

-- What is wrong with an address as clients send it, each key behind `field`; {} when nothing is. Its keys are those of
-- user_addresses. A saved row may be sent as it is, so its own columns pass.
create function private.address_faults(address jsonb, field text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(address_faults.address) is distinct from 'object' then
        return jsonb_build_object(address_faults.field, '["not_object"]'::jsonb);
    end if;

    return coalesce((
        select jsonb_object_agg(address_faults.field || '.' || fault.key, fault.fault)
        from (
            select
                known.key,
                case
                    when jsonb_typeof(address_faults.address -> known.key) not in ('string', 'null')
                        then '["pattern", "text", {"reason": "must be a string"}]'::jsonb
                    when known.key = 'country' then private.country_fault(address_faults.address ->> 'country')
                    when known.key = 'phone' then private.phone_fault(address_faults.address ->> 'phone')
                    else private.text_fault(address_faults.address ->> known.key, known.max_length, known.required)
                end as fault
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
            select left(sent.key, 50), '["unknown_key"]'
            from jsonb_object_keys(address_faults.address) as sent (key)
            where sent.key not in (
                'label', 'full_name', 'phone', 'line1', 'line2', 'city', 'region', 'postal_code', 'country',
                'id', 'user_id', 'is_default_shipping', 'is_default_billing', 'created_at', 'updated_at'
            )
        ) as fault
        where fault.fault is not null
    ), '{}'::jsonb);
end;
$$;
grant execute on function private.address_faults to authenticated, service_role;

-- sql/orders/private/clean_address.sql

-- The address as it is kept: its own keys only, trimmed, empty ones left out, with a country. Null stays null.
create function private.clean_address(address jsonb)
    returns jsonb
    stable
    strict
    set search_path = ''
    language plpgsql
    as $$
declare
    is_simple constant boolean := private.is_simple_text(clean_address.address::text);
    cleaned jsonb;
begin
    select jsonb_object_agg(
        part.key,
        case part.key
            when 'country' then upper(private.trimmed(part.value))
            when 'phone' then private.clean_phone(part.value)
            else case when is_simple then btrim(part.value) else private.trimmed(part.value) end
        end
    )
    into cleaned
    from jsonb_each_text(clean_address.address) as part
    where part.key in ('label', 'full_name', 'phone', 'line1', 'line2', 'city', 'region', 'postal_code', 'country')
        and case when is_simple then btrim(part.value) <> '' else not private.is_blank(part.value) end;

    if cleaned is null or cleaned ? 'country' then
        return cleaned;
    end if;
    return cleaned || jsonb_build_object('country', private.setting_text('store.country'));
end;
$$;
grant execute on function private.clean_address to authenticated, service_role;

-- sql/orders/private/plain_address.sql

-- The address as it is kept, where it comes as it is kept: short plain texts without blanks around them, under keys of its own;
-- without a country it is in this one. Most addresses are such. Others are null here, and are looked at part by part:
-- private.address_faults, private.clean_address.
create function private.plain_address(address jsonb, country text)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(plain_address.address) = 'object'
        and plain_address.address ?& array['full_name', 'line1', 'city']
        and private.is_simple_text(plain_address.address::text)
        and not exists (
            select
            from jsonb_each(plain_address.address) as part
            where jsonb_typeof(part.value) <> 'string'
                or btrim(part.value #>> '{}') <> part.value #>> '{}'
                or not case part.key
                    when 'phone' then part.value #>> '{}' ~ '^\+?[0-9]{6,15}$'
                    when 'country' then part.value #>> '{}' ~ '^[A-Z][A-Z]$'
                    else char_length(part.value #>> '{}') between 1 and case part.key
                        when 'full_name' then 200
                        when 'line1' then 200
                        when 'line2' then 200
                        when 'city' then 100
                        when 'region' then 100
                        when 'postal_code' then 20
                        else 0
                    end
                end
        ) then
        return jsonb_build_object('country', plain_address.country) || plain_address.address;
    end if;
    return null;
end;
$$;

-- sql/orders/private/order_of_number.sql

-- The id of the order with this number, as people write it: in any case, with digits of any script, blanks for dashes or none,
-- and a # before it. Null when there is none.
create function private.order_of_number(order_number text)
    returns uuid
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    written constant text := left(order_of_number.order_number, 200);
    code text;
    found_id uuid;
begin
    select orders.id
    into found_id
    from public.orders
    where orders.order_number = written;
    if found then
        return found_id;
    end if;

    code := upper(regexp_replace(private.ascii_digits(private.without_invisible(written)), '[^A-Za-z0-9]', '', 'g'));
    -- The prefix may end with digits, so where the date begins is told from the end: the running number has 7 digits or more.
    select orders.id
    into found_id
    from generate_series(7, 12) as digits
    inner join public.orders on orders.order_number = concat_ws(
        '-',
        left(code, - digits - 6),
        substr(code, char_length(code) - digits - 5, 6),
        right(code, digits)
    )
    where char_length(code) > digits + 6
    limit 1;
    return found_id;
end;
$$;

-- sql/orders/private/guest_token.sql

-- The token with which a guest reads and cancels one order: derived from the order and its expiry, so that a replay can
-- return it and nothing readable is stored. Null where there is no expiry.
create function private.derived_guest_token(order_id uuid, guest_access_until timestamptz)
    returns text
    stable
    strict
    set search_path = ''
    language plpgsql
    as $$
begin
    return encode(
        extensions.hmac(
            convert_to(order_id || '|' || extract(epoch from guest_access_until), 'UTF8'),
            (select secrets.value from private.secrets where secrets.name = 'guest_token'),
            'sha256'
        ),
        'hex'
    );
end;
$$;

-- An order's token. Null where there is no guest access, or no longer.
create function private.guest_token(order_id uuid)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select private.derived_guest_token(order_origins.order_id, order_origins.guest_access_until)
        from public.order_origins
        where order_origins.order_id = guest_token.order_id
            and order_origins.guest_access_until > now()
    );
end;
$$;

-- This order's id when the token opens it; null, and counted, when it doesn't. The right token opens its order however many
-- wrong ones came before it. asked: how the caller named the order, for the log.
create function private.open_with_guest_token(order_id uuid, guest_token text, asked jsonb)
    returns uuid
    set search_path = ''
    language plpgsql
    as $$
declare
    guesser constant text := private.guesser();
    guess_limit constant text := private.setting_text('rate_limits.coupons');
begin
    -- Digests are compared, so the time it takes says nothing about the token.
    if sha256(convert_to(private.guest_token(open_with_guest_token.order_id), 'UTF8'))
        = sha256(convert_to(open_with_guest_token.guest_token, 'UTF8')) then
        return open_with_guest_token.order_id;
    end if;

    if private.is_over_limit('guest_order', guesser, guess_limit) then
        perform private.raise_rate_limited(guess_limit);
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
        private.order_of_number(open_guest_order.order_number),
        private.trimmed(open_guest_order.guest_token),
        jsonb_build_object('order_number', left(open_guest_order.order_number, 50))
    );
end;
$$;

-- sql/orders/private/order_document.sql

-- An order as place_order, cancel_order and guest_order return it.

create function private.line_document(line public.order_items)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return jsonb_build_object(
        'id', line.id,
        'product_id', line.product_id,
        'sku', line.sku,
        'name', line.name,
        'options', line.options,
        'quantity', line.quantity,
        'unit_price', line.unit_price,
        'discount_amount', line.discount_amount,
        'tax_rate', line.tax_rate,
        'tax_amount', line.tax_amount,
        'line_total', line.line_total
    );
end;
$$;

-- lines: those of line_document.
create function private.order_with_lines(placed public.orders, lines jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return jsonb_build_object(
        'id', placed.id,
        'order_number', placed.order_number,
        'status', placed.status,
        'payment_status', placed.payment_status,
        'payment_method', placed.payment_method,
        'currency', placed.currency,
        'subtotal', placed.subtotal,
        'discount_amount', placed.discount_amount,
        'shipping_cost', placed.shipping_cost,
        'tax_amount', placed.tax_amount,
        'total', placed.total,
        'items', lines,
        'shipping_address', placed.shipping_address,
        'placed_at', placed.placed_at,
        'reservation_expires_at', placed.reservation_expires_at,
        'next_action', case
            when placed.status = 'pending' and placed.payment_status in ('pending', 'failed') and placed.payment_method <> 'cod'
                then jsonb_build_object('type', placed.payment_method)
        end
    );
end;
$$;

create function private.order_document(order_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select private.order_with_lines(orders, (
            select jsonb_agg(private.line_document(order_items) order by order_items.name, order_items.product_id)
            from public.order_items
            where order_items.order_id = orders.id
        ))
        from public.orders
        where orders.id = order_document.order_id
    );
end;
$$;

-- sql/orders/private/order_faults.sql

-- Everything that is wrong with what place_order was sent, field by field; {} when nothing is. An address that was found to be
-- plain is left out.
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
    is_guest boolean,
    is_plain_address boolean
)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    faults jsonb := case when is_plain_address then '{}' else private.address_faults(shipping_address, 'shipping_address') end;
begin
    if billing_address is not null then
        faults := faults || private.address_faults(billing_address, 'billing_address');
    end if;
    if items is not null then
        faults := faults || coalesce(private.item_faults(items, most => 999), '{}');
    end if;

    -- Most orders are plain: one look at all of it, instead of one at each.
    if shipping_method_id is not null
        and payment_method is not null
        and private.is_simple_text(concat_ws(' ', coupon_code, notes, guest_email, idempotency_key))
        and char_length(coupon_code) <= 50 is not false
        and char_length(notes) <= 1000 is not false
        and char_length(idempotency_key) between 1 and 255 is not false
        and (not is_guest or (
            char_length(guest_email) <= 254 and guest_email ~ '^[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$'
            and guest_phone ~ '^\+?[0-9]{6,15}$' is not false
        )) then
        return faults;
    end if;

    return faults || jsonb_strip_nulls(jsonb_build_object(
        'shipping_method_id', case when shipping_method_id is null then '["required"]'::jsonb end,
        'payment_method', case when payment_method is null then '["required"]'::jsonb end,
        'coupon_code', private.text_fault(private.clean_code(coupon_code), 50),
        'notes', private.text_fault(notes, 1000, multiline => true),
        'guest_email', case when is_guest then private.email_fault(private.trimmed(guest_email), required => true) end,
        'guest_phone', case when is_guest then private.phone_fault(guest_phone) end,
        'idempotency_key', case
            when idempotency_key = '' then '["required"]'::jsonb
            else private.text_fault(idempotency_key, 255)
        end
    ));
end;
$$;

-- sql/orders/private/share_discount.sql

-- A discount shared over lines of these amounts: each share cut to the currency's unit, and the units left over to the largest
-- remainders, so that they add back exactly. In the lines' order.
create function private.share_discount(amounts numeric[], discount numeric, decimals integer)
    returns numeric[]
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        with shares as (
            select
                line.place,
                coalesce(share_discount.discount * line.amount / nullif(sum(line.amount) over (), 0), 0) as exact
            from unnest(share_discount.amounts) with ordinality as line (amount, place)
        ),

        cut as (
            select
                shares.place,
                trunc(shares.exact, share_discount.decimals) as share,
                share_discount.discount - sum(trunc(shares.exact, share_discount.decimals)) over () as left_over,
                row_number() over (
                    order by shares.exact - trunc(shares.exact, share_discount.decimals) desc, shares.place
                ) as rank
            from shares
        )

        select array_agg(
            cut.share
            + case
                when cut.rank <= cut.left_over * 10 ^ share_discount.decimals then 10.0 ^ (- share_discount.decimals)
                else 0
            end
            order by cut.place
        )
        from cut
    );
end;
$$;

-- sql/orders/private/contained_tax.sql

-- Tax contained in an amount at a rate in per cent, rounded half up to the currency's unit.
create function private.contained_tax(amount numeric, rate numeric, decimals integer)
    returns numeric
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return round(amount * rate / (100 + rate), decimals);
end;
$$;

-- sql/orders/private/order_lines.sql

-- The lines of an order as the catalogue has them now: what is bought, at what price, under the name that the buyer reads.
-- Everything after this is computed from them. In product order, repeated products summed. totals and taxes are those of the
-- lines after their share of a discount; subtotal is before it, tax is the sum of taxes.
create type private.order_lines as (
    product_ids uuid[],
    category_ids uuid[],
    skus text[],
    names text[],
    options jsonb[],
    quantities integer[],
    unit_prices numeric[],
    tax_rates numeric[],
    discounts numeric[],
    totals numeric[],
    taxes numeric[],
    subtotal numeric,
    tax numeric
);

-- The lines of a valid list of items. Fails with product_unavailable, naming each line that is not on sale and why.
create function private.order_lines(items jsonb, decimals integer)
    returns private.order_lines
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    lines private.order_lines;
    unavailable jsonb;
begin
    select
        array_agg(line.product_id),
        array_agg(line.category_id),
        array_agg(line.sku),
        array_agg(line.name),
        array_agg(line.options),
        array_agg(line.quantity),
        array_agg(line.price),
        array_agg(line.tax_rate),
        array_agg(0::numeric),
        array_agg(line.total),
        array_agg(line.tax),
        sum(line.total),
        sum(line.tax),
        jsonb_agg(
            jsonb_build_object(
                'product_id', line.product_id,
                'reason', case
                    when exists (select from public.products where products.id = line.product_id) then 'not on sale'
                    else 'unknown'
                end
            )
        ) filter (where line.sku is null)
    into
        lines.product_ids, lines.category_ids, lines.skus, lines.names, lines.options, lines.quantities, lines.unit_prices,
        lines.tax_rates, lines.discounts, lines.totals, lines.taxes, lines.subtotal, lines.tax, unavailable
    from (
        select
            wanted.product_id,
            wanted.quantity,
            sold.category_id,
            sold.sku,
            private.localise(sold.translations, 'name', sold.name) as name,
            sold.options,
            sold.price,
            sold.tax_rate,
            wanted.quantity * sold.price as total,
            private.contained_tax(wanted.quantity * sold.price, sold.tax_rate, decimals) as tax
        from (
            select (entry ->> 'product_id')::uuid as product_id, sum((entry ->> 'quantity')::integer)::integer as quantity
            from jsonb_array_elements(order_lines.items) as entry
            group by 1
        ) as wanted
        -- `offset 0` asks for a look-up per line, whatever number of lines the planner expects.
        left join lateral (
            select sellable_products.*
            from private.sellable_products
            where sellable_products.id = wanted.product_id
            offset 0
        ) as sold on true
        order by wanted.product_id
    ) as line;

    if unavailable is not null then
        perform private.raise_error('product_unavailable', details => unavailable);
    end if;
    if cardinality(lines.product_ids) > 500 then
        perform private.raise_invalid('{"items": ["too_many", 500, {"reason": "has more than 500 products"}]}');
    end if;
    return lines;
end;
$$;

-- The lines with a discount shared over them.
create function private.discounted_lines(lines private.order_lines, discount numeric, decimals integer)
    returns private.order_lines
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    lines.discounts := private.share_discount(lines.totals, discount, decimals);
    select
        array_agg(line.total - line.discount order by line.place),
        array_agg(private.contained_tax(line.total - line.discount, line.tax_rate, decimals) order by line.place),
        sum(private.contained_tax(line.total - line.discount, line.tax_rate, decimals))
    into lines.totals, lines.taxes, lines.tax
    from unnest(lines.totals, lines.discounts, lines.tax_rates) with ordinality as line (total, discount, tax_rate, place);
    return lines;
end;
$$;

-- sql/orders/private/write_order.sql

-- A new order, its lines as line_document has them, and its guest's token.
create type private.written_order as (
    placed public.orders,
    lines jsonb,
    guest_token text
);

-- Writes a new order with all its cold rows, computing every amount. The hot ones, coupon and stock, are not touched:
-- place_order takes them last.
create function private.write_order(
    shop private.shop_settings,
    buyer uuid,
    address jsonb,
    shipping_method_id uuid,
    payment_method text,
    lines private.order_lines,
    coupon_code text,
    billing_address jsonb,
    notes text,
    guest_email text,
    guest_phone text
)
    returns private.written_order
    set search_path = ''
    language plpgsql
    as $$
declare
    largest_amount constant numeric := 99999999.99;
    too_large constant jsonb := '{"items": ["above", 99999999.99, {"reason": "come to more than an order can hold (99999999.99)"}]}'::jsonb;
    guest_access_until constant timestamptz := case when write_order.buyer is null then now() + interval '90 days' end;
    method public.shipping_methods;
    coupon public.coupons;
    refusal text;
    discount numeric := 0;
    shipping numeric;
    total numeric;
    new_order public.orders;
    written private.written_order;
begin
    if lines.subtotal > largest_amount then
        perform private.raise_invalid(too_large);
    end if;
    if write_order.payment_method <> all(shop.payment_methods)
        or not private.payment_method_ready(write_order.payment_method) then
        perform private.raise_error('payment_method_unavailable');
    end if;

    if write_order.coupon_code is not null then
        select *
        into coupon
        from public.coupons
        where lower(coupons.code) = lower(write_order.coupon_code);

        refusal := private.check_coupon(
            coupon,
            lines.subtotal,
            write_order.buyer,
            coalesce(write_order.guest_email, private.confirmed_email(write_order.buyer))
        );
        if refusal is not null then
            perform private.raise_error('coupon_' || refusal);
        end if;
        discount := private.coupon_discount(coupon, lines.subtotal);
        if discount > 0 then
            lines := private.discounted_lines(lines, discount, shop.currency_decimals);
        end if;
    end if;

    select *
    into method
    from public.shipping_methods
    where shipping_methods.id = write_order.shipping_method_id
        and shipping_methods.is_active;
    if method.id is null
        or method.zones <> '{}' and not private.serves(method.zones, address ->> 'country', address ->> 'city') then
        perform private.raise_error('shipping_unavailable');
    end if;
    shipping := case
        when coupon.discount_type = 'free_shipping' then 0
        else private.shipping_price(method, lines.subtotal)
    end;
    total := lines.subtotal - discount + shipping;
    if total > largest_amount then
        perform private.raise_invalid(too_large);
    end if;

    insert into public.orders (
        order_number, user_id, guest_email, guest_phone, payment_status, payment_method, currency,
        subtotal, discount_amount, shipping_cost, tax_amount, total,
        coupon_id, shipping_method_id, shipping_address, billing_address, notes, language, reservation_expires_at
    )
    values (
        private.next_order_number(shop.order_number_prefix, shop.time_zone),
        write_order.buyer,
        write_order.guest_email,
        write_order.guest_phone,
        case when total = 0 then 'paid' else 'pending' end,
        write_order.payment_method,
        shop.currency,
        lines.subtotal,
        discount,
        shipping,
        lines.tax + private.contained_tax(shipping, shop.shipping_tax_rate, shop.currency_decimals),
        total,
        coupon.id,
        method.id,
        write_order.address,
        write_order.billing_address,
        write_order.notes,
        coalesce((private.request_languages())[1], shop.languages[1]),
        now() + case write_order.payment_method when 'cod' then shop.cod_hold else shop.online_hold end
    )
    returning *
    into new_order;

    with lines_written as (
        insert into public.order_items (
            order_id, product_id, category_id, sku, name, options, quantity,
            unit_price, discount_amount, tax_rate, tax_amount, line_total
        )
        select
            new_order.id, line.product_id, line.category_id, line.sku, line.name, line.options, line.quantity,
            line.unit_price, line.discount, line.tax_rate, line.tax, line.total
        from unnest(
            lines.product_ids, lines.category_ids, lines.skus, lines.names, lines.options, lines.quantities,
            lines.unit_prices, lines.discounts, lines.tax_rates, lines.taxes, lines.totals
        ) as line (
            product_id, category_id, sku, name, options, quantity, unit_price, discount, tax_rate, tax, total
        )
        returning order_items as line
    )

    select jsonb_agg(
        private.line_document(lines_written.line)
        order by (lines_written.line).name, (lines_written.line).product_id
    )
    into written.lines
    from lines_written;

    insert into public.payments (order_id, provider, amount, currency, status, paid_at)
    values (
        new_order.id, new_order.payment_method, new_order.total, new_order.currency, new_order.payment_status,
        case when total = 0 then now() end
    );

    insert into public.order_origins (order_id, ip_address, user_agent, guest_access_until)
    values (new_order.id, private.client_ip(), left(private.request_header('user-agent'), 500), guest_access_until);

    insert into public.stock_reservations (order_id, product_id, quantity, expires_at)
    select new_order.id, line.product_id, line.quantity, new_order.reservation_expires_at
    from unnest(lines.product_ids, lines.quantities) as line (product_id, quantity);

    insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
    select line.product_id, -line.quantity, 'reserve', new_order.id, write_order.buyer
    from unnest(lines.product_ids, lines.quantities) as line (product_id, quantity);

    insert into private.outbox (topic, payload)
    values ('order.placed', jsonb_build_object('order_id', new_order.id));

    -- With nothing to pay there is nothing to wait for: place_order confirms it as soon as its stock is taken.
    if total = 0 then
        new_order.status := 'confirmed';
    end if;
    written.placed := new_order;
    written.guest_token := private.derived_guest_token(new_order.id, guest_access_until);
    return written;
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
    -- The planner would plan for each number of lines anew, which takes longer than the work.
    set plan_cache_mode = force_generic_plan
    language plpgsql
    as $$
declare
    buyer constant uuid := private.caller_id();
    caller_scope constant text := coalesce(buyer::text, 'guest');
    code constant text := private.clean_code(place_order.coupon_code);
    billing constant jsonb := nullif(place_order.billing_address, 'null');
    wanted jsonb := nullif(place_order.items, 'null');
    shop private.shop_settings;
    address jsonb;
    email text;
    phone text;
    remembered private.idempotency_keys;
    lines private.order_lines;
    written private.written_order;
    answer jsonb;
begin
    if buyer is not null and not private.account_exists(buyer) then
        perform private.raise_error('unauthenticated');
    end if;
    select *
    into shop
    from private.shop_settings;
    address := private.plain_address(place_order.shipping_address, shop.country);
    perform private.raise_invalid(private.order_faults(
        shipping_address, shipping_method_id, payment_method, wanted, coupon_code, billing, notes,
        guest_email, guest_phone, idempotency_key, is_guest => buyer is null, is_plain_address => address is not null
    ));
    address := coalesce(address, private.clean_address(place_order.shipping_address));
    if buyer is null then
        email := private.trimmed(place_order.guest_email);
        phone := private.clean_phone(place_order.guest_phone);
    end if;

    if place_order.idempotency_key is not null then
        remembered := private.recall_order(caller_scope, place_order.idempotency_key, sha256(convert_to(jsonb_build_array(
            shipping_address, shipping_method_id, payment_method, wanted, coupon_code, billing, notes, email, phone
        )::text, 'UTF8')));
        if remembered.order_id is not null then
            return remembered.response
                || jsonb_build_object('guest_token', private.guest_token(remembered.order_id));
        end if;
    end if;

    if wanted is null and buyer is not null then
        perform private.lock_cart(buyer);
        with taken as (
            delete from public.cart_items
            where cart_items.user_id = buyer
            returning cart_items.product_id, cart_items.quantity
        )

        select jsonb_agg(jsonb_build_object('product_id', taken.product_id, 'quantity', taken.quantity))
        into wanted
        from taken;
    end if;
    if coalesce(wanted, '[]') = '[]' then
        perform private.raise_error('cart_empty');
    end if;

    lines := private.order_lines(wanted, shop.currency_decimals);
    written := private.write_order(
        shop, buyer, address, shipping_method_id, payment_method, lines, code, private.clean_address(billing),
        private.trimmed(notes), email, phone
    );
    answer := private.order_with_lines(written.placed, written.lines);
    if place_order.idempotency_key is not null then
        update private.idempotency_keys
        set order_id = (written.placed).id,
            response = answer
        where idempotency_keys.scope = caller_scope and idempotency_keys.key = place_order.idempotency_key;
    end if;

    if (written.placed).coupon_id is not null then
        perform private.redeem_coupon(
            (written.placed).coupon_id,
            (written.placed).id,
            buyer,
            coalesce(email, private.confirmed_email(buyer)),
            (written.placed).discount_amount
        );
    end if;
    perform private.take_stock(lines.product_ids, lines.quantities);
    if (written.placed).total = 0 then
        perform private.move_order((written.placed).id, 'confirmed');
    end if;
    return answer || jsonb_build_object('guest_token', written.guest_token);
exception
    -- query_canceled: several waits within lock_timeout may together reach the role's statement_timeout.
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.place_order to anon, authenticated, service_role;

-- sql/orders/private/lock_orders.sql

-- Locks orders, in the one order in which many are locked; see private.lock_order_moves.
create function private.lock_orders(order_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('public.orders', 0));
    perform orders.id
    from public.orders
    where orders.id = any(lock_orders.order_ids)
    order by orders.id
    for no key update;
end;
$$;

-- sql/orders/private/move_orders.sql

-- Moves orders to a status: the one way for functions to do it. Triggers decide whether they may, and do what follows from it;
-- one that can't move fails them all. The rows are locked first, in order, and who locks many takes turns with others who do.
create function private.move_orders(order_ids uuid[], status text, note text default null)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    if cardinality(move_orders.order_ids) > 1 then
        perform private.lock_orders(move_orders.order_ids);
    end if;

    perform
        set_config('primostore.status_note', coalesce(move_orders.note, ''), true),
        set_config('primostore.orders_locked', 'on', true);
    update public.orders
    set status = move_orders.status
    where orders.id = any(move_orders.order_ids);
    perform
        set_config('primostore.status_note', '', true),
        set_config('primostore.orders_locked', 'off', true);
end;
$$;

create function private.move_order(order_id uuid, status text, note text default null)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.move_orders(array[move_order.order_id], move_order.status, move_order.note);
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

    perform private.move_order(cancel_own_order.order_id, 'cancelled', private.trimmed(cancel_own_order.reason));
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
    perform private.raise_invalid(jsonb_build_object(
        'order_id', case when cancel_order.order_id is null then '["required"]'::jsonb end,
        'reason', private.text_fault(cancel_order.reason, 500, multiline => true)
    ));

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
    perform private.raise_invalid(jsonb_build_object(
        'reason', private.text_fault(cancel_guest_order.reason, 500, multiline => true)
    ));
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
        select coalesce(jsonb_agg(
            jsonb_build_object(
                'status', order_status_history.status,
                'notes', order_status_history.notes,
                'created_at', order_status_history.created_at
            )
            order by order_status_history.created_at
        ), '[]'::jsonb)
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
    guesser text := private.guesser();
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
        where orders.id = private.order_of_number(track_order.order_number)
            and lower(coalesce(orders.guest_email, users.email)) = lower(private.trimmed(track_order.email));

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
    order_ids uuid[];
    claimed integer;
begin
    if email is null then
        perform private.raise_error(
            'forbidden',
            'Your e-mail address is not confirmed.',
            hint => 'Confirm it with the link in the mail, then try again.'
        );
    end if;

    order_ids := array(
        select orders.id
        from public.orders
        where orders.guest_email is not null
            and lower(orders.guest_email) = email
    );
    if order_ids = '{}' then
        return 0;
    end if;
    perform private.lock_orders(order_ids);

    with attached as (
        update public.orders
        set user_id = caller,
            guest_email = null
        where orders.id = any(order_ids)
            and orders.user_id is null
        returning orders.id
    ),

    used as (
        update public.coupon_usage
        set user_id = caller
        from attached
        where coupon_usage.order_id = attached.id
    ),

    -- The order is the account's now, and the guest's token no longer opens it.
    closed as (
        update public.order_origins
        set guest_access_until = null
        from attached
        where order_origins.order_id = attached.id
    )

    select count(*)
    into claimed
    from attached;
    return claimed;
end;
$$;
grant execute on function private.claim_guest_orders to anon, authenticated, service_role;

-- sql/orders/private/check_order_move.sql

-- Whether an order may move so at all, whoever tries: for RPCs, direct writes and service_role alike. Who may make the move, and
-- what follows from it, is looked at once for a statement: private.follow_order_moves.
create function private.check_order_move()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not exists (
        select
        from private.order_transitions
        where order_transitions.from_status = old.status
            and order_transitions.to_status = new.status
            and (not order_transitions.needs_payment or private.is_paid(old.payment_status))
    ) then
        perform private.raise_error(
            'invalid_transition',
            details => jsonb_build_object('from', old.status, 'to', new.status)
        );
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

-- sql/orders/private/lock_order_moves.sql

-- Rows that one statement changes are locked in the order in which it happens to read them, so two statements that move many
-- orders could each hold what the other waits for. They take turns: this runs before a statement locks its first row. Who moves
-- one order holds no second one, and private.move_orders has its locks already; both say so and pass.
create function private.lock_order_moves()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if current_setting('primostore.orders_locked', true) is distinct from 'on'
        -- Customers' own updates meet no row; they must not make the shop wait.
        and (private.is_service() or private.is_admin() or current_user not in ('authenticated', 'anon')) then
        perform pg_advisory_xact_lock(hashtextextended('public.orders', 0));
    end if;
    return null;
end;
$$;

-- sql/orders/private/follow_order_moves.sql

-- What follows from the moves of a statement, of one order or of five hundred: history, messages, payments, and last the hot rows,
-- in the order in which checkout takes them: coupons, then stock by product.
create function private.follow_order_moves()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller constant uuid := private.caller_id();
    by_shop constant boolean := private.is_service() or private.is_admin();
    moved_ids uuid[];
    cancelled_ids uuid[];
    confirmed_ids uuid[];
begin
    select
        array_agg(after_rows.id),
        array_agg(after_rows.id) filter (where after_rows.status = 'cancelled'),
        array_agg(after_rows.id) filter (where after_rows.status = 'confirmed')
    into moved_ids, cancelled_ids, confirmed_ids
    from after_rows
    inner join before_rows on before_rows.id = after_rows.id
    where after_rows.status <> before_rows.status;

    if moved_ids is null then
        return null;
    end if;

    if not by_shop and exists (
        select
        from after_rows
        inner join before_rows on before_rows.id = after_rows.id
        inner join private.order_transitions as moves
            on moves.from_status = before_rows.status and moves.to_status = after_rows.status
        where after_rows.id = any(moved_ids)
            and not moves.by_customer
            and not (moves.by_payment and private.is_paid(after_rows.payment_status))
    ) then
        perform private.raise_error('forbidden');
    end if;

    -- How it began is written with the first move, so that checkout need not.
    insert into public.order_status_history (order_id, status, actor, created_at)
    select
        before_rows.id,
        before_rows.status,
        case when before_rows.user_id is null then 'guest' else 'customer' end,
        before_rows.placed_at
    from before_rows
    where before_rows.id = any(moved_ids) and before_rows.status = 'pending';

    with told as (
        insert into public.order_status_history (order_id, status, actor, notes)
        select
            after_rows.id,
            after_rows.status,
            case
                -- Nobody's hand: the service, or a payment.
                when private.is_service() or (not by_shop and after_rows.status = 'confirmed') then 'system'
                when caller is null then 'guest'
                when caller = after_rows.user_id then 'customer'
                else 'staff'
            end,
            nullif(current_setting('primostore.status_note', true), '')
        from after_rows
        where after_rows.id = any(moved_ids)
        returning order_status_history.id, order_status_history.actor
    ),

    staff as (
        insert into private.order_status_actors (history_id, user_id)
        select told.id, caller
        from told
        where told.actor = 'staff'
    )

    insert into private.outbox (topic, payload)
    select 'order.' || after_rows.status, jsonb_build_object('order_id', after_rows.id)
    from after_rows
    where after_rows.id = any(moved_ids);

    if cancelled_ids is not null then
        -- A failed one could have been tried again.
        update public.payments
        set status = 'cancelled'
        where payments.order_id = any(cancelled_ids) and payments.status in ('pending', 'failed');

        perform private.mark_refund_due(payments.id, 'order_cancelled')
        from public.payments
        where payments.order_id = any(cancelled_ids)
            and payments.status in ('paid', 'partially_refunded')
            and payments.amount > 0
            and payments.refund_due_at is null;

        perform private.return_coupons(cancelled_ids);
    end if;
    if cancelled_ids is not null or confirmed_ids is not null then
        perform private.lock_stock(array(
            select stock_reservations.product_id
            from public.stock_reservations
            where stock_reservations.order_id = any(cancelled_ids || confirmed_ids)
        ));
    end if;
    if cancelled_ids is not null then
        perform private.return_stock(cancelled_ids);
    end if;
    if confirmed_ids is not null then
        perform private.sell_stock(confirmed_ids);
    end if;
    return null;
end;
$$;

-- sql/orders/private/validate_order_edit.sql

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

-- sql/orders/triggers.sql

create trigger set_updated_at
    before update on public.orders
    for each row execute function private.set_updated_at();

create trigger lock_order_moves
    before update of status, user_id on public.orders
    for each statement execute function private.lock_order_moves();

create trigger check_order_move
    before update of status on public.orders
    for each row execute function private.check_order_move();

create trigger follow_order_moves
    after update on public.orders
    referencing old table as before_rows new table as after_rows
    for each statement execute function private.follow_order_moves();

create trigger validate
    before update of shipping_address, billing_address, notes on public.orders
    for each row execute function private.validate_order_edit();

create trigger append_only
    before update or delete or truncate on public.order_status_history
    for each statement execute function private.refuse_change();

create trigger append_only
    before update or delete or truncate on public.order_items
    for each statement execute function private.refuse_change();

call private.audit_writes('public.orders', 'id', actions => array['update', 'delete']);
call private.audit_writes('public.order_notes', 'id');

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

create policy "customers read their orders" on public.orders
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "admins change orders" on public.orders
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "customers read their order lines" on public.order_items
    for select to authenticated
    using (order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid()))));

create policy "customers read their orders' history" on public.order_status_history
    for select to authenticated
    using (order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid()))));

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

create policy "admins read all orders" on public.orders
    for select to primostore_admin
    using (true);

create policy "admins read all order lines" on public.order_items
    for select to primostore_admin
    using (true);

create policy "admins read all histories" on public.order_status_history
    for select to primostore_admin
    using (true);

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
    language plpgsql
    as $$
begin
    return private.place_order(
        shipping_address, shipping_method_id, payment_method, items, coupon_code, billing_address, notes,
        guest_email, guest_phone, idempotency_key
    );
end;
$$;
comment on function public.place_order is
    'Places an order of items [{product_id, quantity}], or of the caller''s cart when items is null, which it empties. Addresses have the keys of user_addresses (full_name, line1 and city are required); payment_method: cod, payment_link or stripe; guests give guest_email. Prices, discount, tax and shipping are computed here. The same idempotency_key with the same request returns the first answer. Returns {id, order_number, status, payment_status, payment_method, currency, subtotal, discount_amount, shipping_cost, tax_amount, total, items[], shipping_address, placed_at, reservation_expires_at, guest_token, next_action}; guest_token only for guests, next_action null, {type: payment_link} or {type: stripe}. Errors: unauthenticated, invalid_input, cart_empty, product_unavailable, out_of_stock, payment_method_unavailable, shipping_unavailable, coupon_invalid, coupon_expired, coupon_not_started, coupon_min_amount, coupon_exhausted, coupon_already_used, idempotency_conflict, busy.';
grant execute on function public.place_order to anon, authenticated, service_role;

-- sql/orders/api/cancel_order.sql

create function public.cancel_order(order_id uuid, reason text default null)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.cancel_order(order_id, reason);
end;
$$;
comment on function public.cancel_order is
    'Cancels the caller''s order while it is pending or confirmed (admins: processing too), gives stock and coupon back, and returns the order as place_order does. Errors: unauthenticated, invalid_input, not_found, order_not_cancellable, busy.';
grant execute on function public.cancel_order to anon, authenticated, service_role;

-- sql/orders/api/guest_order.sql

create function public.guest_order(order_number text, guest_token text)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.guest_order(order_number, guest_token);
end;
$$;
comment on function public.guest_order is
    'A guest''s order, as place_order returns it, with its history [{status, notes, created_at}]; null for a wrong or expired token, which is counted. Errors: rate_limited.';
grant execute on function public.guest_order to anon, authenticated, service_role;

-- sql/orders/api/cancel_guest_order.sql

create function public.cancel_guest_order(order_number text, guest_token text, reason text default null)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.cancel_guest_order(order_number, guest_token, reason);
end;
$$;
comment on function public.cancel_guest_order is
    'Cancels a guest''s order while it is pending or confirmed and returns it as place_order does; null for a wrong or expired token, which is counted. Errors: invalid_input, order_not_cancellable, rate_limited, busy.';
grant execute on function public.cancel_guest_order to anon, authenticated, service_role;

-- sql/orders/api/track_order.sql

create function public.track_order(order_number text, email text)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.track_order(order_number, email);
end;
$$;
comment on function public.track_order is
    'Where an order is, for whoever knows its number and e-mail: {found, order_number, status, placed_at, shipped_at}. Never raises; too many wrong guesses are answered with status 429.';
grant execute on function public.track_order to anon, authenticated, service_role;

-- sql/orders/api/claim_guest_orders.sql

create function public.claim_guest_orders()
    returns integer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.claim_guest_orders();
end;
$$;
comment on function public.claim_guest_orders is
    'Attaches the guest orders of the caller''s confirmed e-mail to the account ends their guest tokens, and returns how many. Errors: unauthenticated, forbidden (e-mail not confirmed).';
grant execute on function public.claim_guest_orders to anon, authenticated, service_role;
