-- Rules that every object keeps, whatever it is for.
begin;
select plan(27);

-- Tables.
create temporary view tables as
select oid, relname as name, relrowsecurity as has_row_security
from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p');

select is_empty('select name from tables where not has_row_security', 'every table has row security');
select is_empty('select name from tables where obj_description(oid, ''pg_class'') is null', 'every table says what it is for');
select is_empty(
    $$select name from tables where not exists (select from pg_index where indrelid = tables.oid and indisprimary)$$,
    'every table has a primary key'
);
select is_empty(
    $$select name from tables where not exists (select from pg_policies where schemaname = 'public' and tablename = tables.name)$$,
    'every table has a policy'
);
select is_empty(
    $$select conrelid::regclass, conname from pg_constraint
    where contype = 'f'
        and connamespace in ('public'::regnamespace, 'private'::regnamespace)
        and not exists (
            select from pg_index
            where pg_index.indrelid = pg_constraint.conrelid and pg_index.indkey[0] = pg_constraint.conkey[1]
        )$$,
    'every foreign key leads an index'
);
select is_empty(
    $$select one.indexrelid::regclass from pg_index as one
    inner join pg_index as other
        on other.indrelid = one.indrelid
        and other.indexrelid < one.indexrelid
        and other.indkey::text = one.indkey::text
        and other.indclass::text = one.indclass::text
        and other.indoption::text = one.indoption::text
        and coalesce(pg_get_expr(other.indpred, other.indrelid), '') = coalesce(pg_get_expr(one.indpred, one.indrelid), '')
        and coalesce(pg_get_expr(other.indexprs, other.indrelid), '') = coalesce(pg_get_expr(one.indexprs, one.indrelid), '')
    inner join pg_class on pg_class.oid = one.indrelid
    where pg_class.relnamespace in ('public'::regnamespace, 'private'::regnamespace)$$,
    'no index repeats another'
);
select is_empty(
    $$select table_name, column_name from information_schema.columns
    where table_schema = 'public' and data_type = 'timestamp without time zone'$$,
    'every time knows its zone'
);
select is_empty(
    $$select table_name, column_name from information_schema.columns
    where table_schema = 'public' and column_name in ('created_at', 'updated_at') and is_nullable = 'YES'$$,
    'no row is without its times'
);
select is_empty(
    $$select table_name from information_schema.columns
    where table_schema = 'public'
        and column_name = 'updated_at'
        and table_name not in (
            select tgrelid::regclass::text from pg_trigger where tgname = 'set_updated_at'
        )$$,
    'every updated_at keeps itself'
);
select is_empty(
    $$select table_name, column_name from information_schema.columns
    where table_schema = 'public'
        and column_name ~ '(amount|price|cost|total|subtotal)$'
        and (data_type <> 'numeric' or (numeric_precision, numeric_scale) <> (10, 2))$$,
    'money is numeric(10,2), or numeric where a trigger refuses more decimals instead of rounding them'
);
select is_empty(
    $$select oid::regclass from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'v' and not ('security_invoker=true' = any(reloptions))$$,
    'every view obeys its reader''s row security'
);
select is_empty(
    $$select oid::regclass from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'v' and obj_description(oid, 'pg_class') is null$$,
    'every view says what it is for'
);

-- Policies.
select is_empty(
    $$select tablename, policyname from pg_policies where schemaname = 'public' and (cmd = 'ALL' or roles = '{public}' or permissive <> 'PERMISSIVE')$$,
    'a policy is for one action of named roles'
);
select is_empty(
    $$select tablename, cmd, role
    from pg_policies
    cross join unnest(roles) as role
    where schemaname = 'public'
    group by tablename, cmd, role
    having count(*) > 1$$,
    'and the only one of its table, role and action'
);
select is_empty(
    $$select tablename, policyname from pg_policies
    where schemaname = 'public'
        and regexp_replace(concat_ws(' ', qual, with_check), '\( SELECT (auth|private)\.\w+\(\) AS \w+\)', '', 'g')
            ~ '(auth\.(uid|jwt|role|email)|is_admin|current_setting)\('$$,
    'who calls is computed once per statement, not per row'
);

-- Functions of the API.
create temporary view functions as
select oid, oid::regprocedure as name, prosecdef as is_definer, proconfig as settings
from pg_proc
where pronamespace = 'public'::regnamespace;

select is_empty('select name from functions where is_definer', 'no function of the API has more rights than its caller');
select is_empty(
    $$select name from functions where not coalesce('search_path=""' = any(settings), false)$$,
    'every one has its search path pinned'
);
select is_empty(
    'select name from functions where obj_description(oid, ''pg_proc'') is null',
    'every one says what it does'
);
select is_empty(
    $$select functions.name from functions
    inner join pg_proc on pg_proc.oid = functions.oid
    cross join aclexplode(coalesce(pg_proc.proacl, acldefault('f', pg_proc.proowner))) as acl
    where acl.grantee = 0$$,
    'none is executable by everybody'
);
select is_empty(
    $$select name from functions where not has_function_privilege('service_role', oid, 'execute')$$,
    'all can be called with the secret key'
);

-- Functions behind the API.
select is_empty(
    $$select oid::regprocedure from pg_proc
    where pronamespace = 'private'::regnamespace and not coalesce('search_path=""' = any(proconfig), false)$$,
    'every private function has its search path pinned'
);
select is_empty(
    $$select pg_proc.oid::regprocedure from pg_proc
    cross join aclexplode(coalesce(pg_proc.proacl, acldefault('f', pg_proc.proowner))) as acl
    where pronamespace = 'private'::regnamespace and acl.grantee = 0$$,
    'none is executable by everybody'
);
select set_eq(
    $$select proname from pg_proc
    where pronamespace = 'private'::regnamespace and has_function_privilege('anon', oid, 'execute')$$,
    array[
        'add_to_cart', 'adjust_stock', 'admin_set_user_role', 'admin_update_settings', 'available_stock',
        'caller_id', 'caller_role', 'cancel_guest_order', 'cancel_order', 'category_tree',
        'claim_guest_orders', 'clear_cart', 'client_ip', 'email_fault', 'get_cart', 'guard_request', 'guest_order',
        'has_control_characters', 'has_markup', 'hidden_category_ids', 'image_paths',
        'is_admin', 'is_plain_text', 'is_service',
        'account_exists', 'amount_fault', 'country_fault', 'currency_decimals', 'fault_reason', 'fault_with_reason',
        'has_direction_overrides', 'integer_fault', 'is_blank', 'is_simple_text', 'next_id', 'store_decimals', 'trimmed', 'without_invisible',
        'localise', 'lowest_price_before', 'me', 'normal_place', 'place_order', 'pre_request',
        'product_facets', 'public_settings', 'raise_error', 'raise_invalid', 'related_products',
        'request_header', 'request_id', 'request_languages', 'require_admin', 'require_user',
        'search_products', 'serves', 'set_cart_item',
        'shipping_price', 'stock_on_sale', 'storage_path_fault', 'sync_cart', 'text_fault', 'track_order',
        'validate_coupon'
    ],
    'visitors execute these private functions, through the API''s doors, policies and constraints'
);
select set_eq(
    $$select proname from pg_proc
    where pronamespace = 'private'::regnamespace
        and has_function_privilege('authenticated', oid, 'execute')
        and not has_function_privilege('anon', oid, 'execute')$$,
    array[
        'address_faults', 'clean_address', 'setting', 'setting_boolean', 'setting_int', 'setting_text',
        'ascii_digits', 'clean_code', 'clean_phone', 'date_fault', 'lockout_fault', 'markdown_fault',
        'phone_fault', 'raise_in_use', 'role_fault', 'smallest_amount', 'store_country', 'zones_fault'
    ],
    'signed-in people execute these besides'
);
create temporary view private_rights as
select pg_class.relname, pg_class.relkind, acl.privilege_type
from pg_class
left join pg_attribute on pg_attribute.attrelid = pg_class.oid and pg_attribute.attacl is not null
cross join lateral (
    select * from aclexplode(pg_class.relacl)
    union all
    select * from aclexplode(pg_attribute.attacl)
) as acl
where pg_class.relnamespace = 'private'::regnamespace and acl.grantee <> pg_class.relowner;

select is_empty(
    $$select relname from private_rights
    where relkind <> 'v'
        and (relname, privilege_type) not in (('hidden_category_list', 'SELECT'), ('guard_settings', 'SELECT'))$$,
    'no other role reads or writes a private table, but for what policies hide and the guard watches by'
);
select is_empty(
    $$select relname from private_rights where relkind = 'v'$$,
    'or a private view'
);
select is_empty(
    $$select role from unnest(array['anon', 'authenticated', 'service_role']) as role
    where has_schema_privilege(role, 'public', 'create') or has_schema_privilege(role, 'private', 'create')$$,
    'nor makes anything'
);

select * from finish();
rollback;
