-- The API as a contract: what `public` holds, to the argument. A change here is a change for every client.
begin;
select plan(10);

select tables_are(
    'public',
    array[
        'audit_logs', 'cart_items', 'categories', 'category_attributes', 'coupon_usage', 'coupons',
        'inventory', 'job_runs', 'order_items', 'order_notes', 'order_origins', 'order_status_history',
        'orders', 'payment_events', 'payments', 'price_history', 'product_costs', 'product_images', 'products', 'refunds',
        'security_logs', 'shipping_methods', 'stock_movements', 'stock_reservations', 'system_settings',
        'user_addresses', 'user_profiles', 'wishlists'
    ],
    'the API has these tables'
);
select views_are('public', array['store_settings'], 'and this view');
select materialized_views_are('public', array[]::name[], 'no materialised view, because those know no row security');
select foreign_tables_are('public', array[]::name[], 'no foreign table, because those know none either');
select set_eq(
    $$
    select
        functions.proname
        || '('
        || coalesce((
            select string_agg(
                argument.name
                || ' '
                || format_type(argument.type, null)
                || case when argument.position > functions.pronargs - functions.pronargdefaults then ' default' else '' end,
                ', ' order by argument.position
            )
            from unnest(functions.proargnames[1:functions.pronargs], functions.proargtypes::oid[])
                with ordinality as argument (name, type, position)
        ), '')
        || ') returns '
        || case when functions.proretset then 'setof ' else '' end
        || format_type(functions.prorettype, null)
    from pg_proc as functions
    where functions.pronamespace = 'public'::regnamespace
    $$,
    $$
    values
        ('add_to_cart(product_id uuid, quantity integer default) returns jsonb'),
        ('admin_adjust_stock(product_id uuid, quantity integer, reason text default) returns jsonb'),
        ('admin_set_user_role(user_id uuid, role text) returns user_profiles'),
        ('admin_update_settings(changes jsonb, confirm boolean default) returns jsonb'),
        ('announce_payment_methods(methods text[]) returns void'),
        ('announce_uploads(paths text[]) returns void'),
        ('available_stock(product products) returns integer'),
        ('cancel_guest_order(order_number text, guest_token text, reason text default) returns jsonb'),
        ('cancel_order(order_id uuid, reason text default) returns jsonb'),
        ('category_tree() returns jsonb'),
        ('claim_guest_orders() returns integer'),
        ('claim_messages(max_messages integer, worker text) returns setof record'),
        ('claim_storage_removals(max_paths integer default) returns setof text'),
        ('clear_cart() returns jsonb'),
        ('complete_message(id bigint) returns boolean'),
        ('confirm_storage_removals(paths text[]) returns integer'),
        ('edge_configuration() returns jsonb'),
        ('fail_message(id bigint, worker text, error text, permanent boolean default) returns boolean'),
        ('finish_job(run_id uuid, status text, details jsonb default, error text default) returns boolean'),
        ('get_cart() returns jsonb'),
        ('guest_order(order_number text, guest_token text) returns jsonb'),
        ('in_stock(product products) returns boolean'),
        ('localised_description(category categories) returns text'),
        ('localised_description(product products) returns text'),
        ('localised_meta_description(product products) returns text'),
        ('localised_meta_title(product products) returns text'),
        ('localised_name(category categories) returns text'),
        ('localised_name(product products) returns text'),
        ('localised_short_description(product products) returns text'),
        ('lowest_price_30d(product products) returns numeric'),
        ('me() returns jsonb'),
        ('payment_link_target(payment_id uuid) returns jsonb'),
        ('place_order(shipping_address jsonb, shipping_method_id uuid, payment_method text, items jsonb default, coupon_code text default, billing_address jsonb default, notes text default, guest_email text default, guest_phone text default, idempotency_key text default) returns jsonb'),
        ('product_facets(q text default, category_slug text default, brand text default, min_price numeric default, max_price numeric default, in_stock boolean default, specifications jsonb default) returns jsonb'),
        ('record_payment_event(provider text, event_id text, event_type text, outcome text, payload jsonb, order_id uuid default, order_number text default, provider_reference text default, amount numeric default, currency text default) returns jsonb'),
        ('record_refund_event(provider text, event_id text, event_type text, outcome text, payload jsonb, provider_reference text, refund_reference text, amount numeric default, currency text default, refund_id uuid default, reason text default, error text default) returns jsonb'),
        ('record_refusals(events jsonb) returns integer'),
        ('register_job(job text, schedule text, next_at timestamp with time zone default) returns void'),
        ('related_products(product_id uuid, max_results integer default) returns setof products'),
        ('renew_job(run_id uuid) returns boolean'),
        ('renew_message(id bigint, worker text) returns boolean'),
        ('require_admin() returns void'),
        ('search_products(q text default, category_slug text default, brand text default, min_price numeric default, max_price numeric default, in_stock boolean default, specifications jsonb default, sort text default, page integer default, page_size integer default) returns setof products'),
        ('set_cart_item(product_id uuid, quantity integer) returns jsonb'),
        ('set_payment_reference(payment_id uuid, provider_reference text default, url text default, replaces text default) returns jsonb'),
        ('shipping_options(country text, city text default, subtotal numeric default) returns setof record'),
        ('start_job(job text, schedule text, worker text, scheduled_for timestamp with time zone default, next_at timestamp with time zone default) returns uuid'),
        ('start_payment(order_id uuid, provider text, user_id uuid default, guest_token text default) returns jsonb'),
        ('sync_cart(items jsonb) returns jsonb'),
        ('track_order(order_number text, email text) returns jsonb'),
        ('validate_coupon(code text, subtotal numeric) returns jsonb')
    $$,
    'the API has these functions, with these arguments'
);
select is_empty(
    $$
    select proname
    from pg_proc
    where pronamespace = 'public'::regnamespace
        and not exists (select from pg_type where pg_type.oid = pg_proc.proargtypes[0] and pg_type.typtype = 'c')
    group by proname
    having count(*) > 1
    $$,
    'no function has two forms, which a client could not tell apart; computed fields aside'
);

-- Who may do what at all; row security says to which rows.
create function pg_temp.grants_of(role regrole) returns setof text language sql
    begin atomic
        select format('%s: %s', class.relname, lower(string_agg(acl.privilege_type, ', ' order by acl.privilege_type)))
        from pg_class as class
        cross join aclexplode(class.relacl) as acl
        where class.relnamespace = 'public'::regnamespace and acl.grantee = grants_of.role
        group by class.relname
        union all
        select format(
            '%s: %s %s', class.relname, lower(acl.privilege_type),
            string_agg(attribute.attname, ', ' order by attribute.attnum)
        )
        from pg_class as class
        inner join pg_attribute as attribute on attribute.attrelid = class.oid
        cross join aclexplode(attribute.attacl) as acl
        where class.relnamespace = 'public'::regnamespace and acl.grantee = grants_of.role
        group by class.relname, acl.privilege_type;
    end;

select set_eq(
    $$select pg_temp.grants_of('anon')$$,
    $$
    values
        ('categories: select'),
        ('category_attributes: select'),
        ('product_images: select'),
        ('products: select'),
        ('shipping_methods: select'),
        ('store_settings: select')
    $$,
    'a visitor may read these tables and write none'
);
select set_eq(
    $$select pg_temp.grants_of('authenticated')$$,
    $$
    values
        ('audit_logs: select'),
        ('cart_items: select'),
        ('categories: delete, insert, select, update'),
        ('category_attributes: delete, insert, select, update'),
        ('coupon_usage: select'),
        ('coupons: delete, select'),
        ('coupons: insert id, code, description, discount_type, discount_value, min_order_amount, max_discount_amount, usage_limit, usage_limit_per_user, starts_at, expires_at, is_active'),
        ('coupons: update code, description, discount_type, discount_value, min_order_amount, max_discount_amount, usage_limit, usage_limit_per_user, starts_at, expires_at, is_active'),
        ('inventory: select'),
        ('inventory: update low_stock_threshold'),
        ('job_runs: select'),
        ('order_items: select'),
        ('order_notes: delete, select'),
        ('order_notes: insert order_id, note'),
        ('order_origins: select'),
        ('order_status_history: select'),
        ('orders: select'),
        ('orders: update status, shipping_address, billing_address, notes'),
        ('payment_events: select'),
        ('payments: select'),
        ('price_history: select'),
        ('product_costs: delete, insert, select, update'),
        ('product_images: delete, insert, select, update'),
        ('products: insert, select, update'),
        ('refunds: select'),
        ('security_logs: select'),
        ('shipping_methods: delete, insert, select, update'),
        ('stock_movements: select'),
        ('stock_reservations: select'),
        ('store_settings: select'),
        ('system_settings: select'),
        ('system_settings: update value'),
        ('user_addresses: delete, select'),
        ('user_addresses: insert id, user_id, label, full_name, phone, line1, line2, city, region, postal_code, country, is_default_shipping, is_default_billing'),
        ('user_addresses: update id, user_id, label, full_name, phone, line1, line2, city, region, postal_code, country, is_default_shipping, is_default_billing'),
        ('user_profiles: select'),
        ('user_profiles: update name, phone'),
        ('wishlists: delete, insert, select')
    $$,
    'a signed-in person has these rights and no others'
);
select set_eq(
    $$select pg_temp.grants_of('service_role')$$,
    $$
    values
        ('audit_logs: select'),
        ('cart_items: select'),
        ('categories: delete, insert, select, update'),
        ('category_attributes: delete, insert, select, update'),
        ('coupon_usage: select'),
        ('coupons: delete, select'),
        ('coupons: insert id, code, description, discount_type, discount_value, min_order_amount, max_discount_amount, usage_limit, usage_limit_per_user, starts_at, expires_at, is_active'),
        ('coupons: update code, description, discount_type, discount_value, min_order_amount, max_discount_amount, usage_limit, usage_limit_per_user, starts_at, expires_at, is_active'),
        ('inventory: select'),
        ('inventory: update low_stock_threshold'),
        ('job_runs: insert, select, update'),
        ('order_items: select'),
        ('order_notes: delete, select'),
        ('order_notes: insert order_id, note'),
        ('order_origins: select'),
        ('order_status_history: select'),
        ('orders: select'),
        ('orders: update status, shipping_address, billing_address, notes'),
        ('payment_events: select'),
        ('payments: select'),
        ('price_history: select'),
        ('product_costs: delete, insert, select, update'),
        ('product_images: delete, insert, select, update'),
        ('products: insert, select, update'),
        ('refunds: select'),
        ('security_logs: insert, select'),
        ('shipping_methods: delete, insert, select, update'),
        ('stock_movements: select'),
        ('stock_reservations: select'),
        ('store_settings: select'),
        ('system_settings: select'),
        ('system_settings: update value'),
        ('user_addresses: delete, select'),
        ('user_addresses: insert id, user_id, label, full_name, phone, line1, line2, city, region, postal_code, country, is_default_shipping, is_default_billing'),
        ('user_addresses: update id, user_id, label, full_name, phone, line1, line2, city, region, postal_code, country, is_default_shipping, is_default_billing'),
        ('user_profiles: insert id, name, phone, role'),
        ('user_profiles: select'),
        ('user_profiles: update name, phone, role'),
        ('wishlists: delete, insert, select')
    $$,
    'the secret key has these rights and no others'
);
select is_empty(
    $$
    select class.relname
    from pg_class as class
    cross join aclexplode(class.relacl) as acl
    where class.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and acl.grantee = 0
    $$,
    'nothing is granted to everybody'
);

select * from finish();
rollback;
