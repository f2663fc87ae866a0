-- Every admin write is in the audit log.
begin;
select plan(21);

create temporary table people as
select
    tests.create_user('audit-customer@example.com') as customer,
    tests.create_user('audit-admin@example.com', 'admin') as admin;
grant select on people to public;

select tests.authenticate_as((select admin from people));
select tests.set_headers('{"cf-connecting-ip": "192.0.2.9", "x-request-id": "req-1"}');
update public.system_settings set value = '15' where key = 'checkout.online_hold_minutes';
select results_eq(
    $$ select actor_id, action, table_name, row_id, old_values, new_values, ip_address, request_id from public.audit_logs
    where request_id = 'req-1' $$,
    $$ select admin, 'update', 'system_settings', 'checkout.online_hold_minutes',
        '{"value": 30}'::jsonb, '{"value": 15}'::jsonb,
        '192.0.2.9'::inet, 'req-1'
    from people $$,
    'a change says who made it, from where, to which row, and what changed'
);
update public.system_settings set value = '15' where key = 'checkout.online_hold_minutes';
select is(
    (select count(*) from public.audit_logs where request_id = 'req-1'),
    1::bigint,
    'what changes nothing is not logged'
);

select tests.set_headers('{"x-request-id": "req-2"}');
insert into public.shipping_methods (id, name, price)
values ('00000000-0000-4000-8000-0000000000c1', 'Courier', 30);
select results_eq(
    $$ select action, old_values, new_values ->> 'name' from public.audit_logs where request_id = 'req-2' $$,
    $$ values ('insert', null::jsonb, 'Courier') $$,
    'a new row is logged whole'
);
select is(
    (select ip_address from public.audit_logs where request_id = 'req-2'),
    null,
    'an address that is not known is left out'
);
select tests.set_headers('{"x-request-id": "req-3"}');
update public.shipping_methods set price = 35 where id = '00000000-0000-4000-8000-0000000000c1';
select results_eq(
    $$ select old_values, new_values from public.audit_logs where request_id = 'req-3' $$,
    $$ values ('{"price": 30.00}'::jsonb, '{"price": 35.00}'::jsonb) $$,
    'of a changed row only the changed columns are logged'
);
select tests.set_headers('{"x-request-id": "req-4"}');
delete from public.shipping_methods where id = '00000000-0000-4000-8000-0000000000c1';
select results_eq(
    $$ select action, old_values ->> 'name', new_values from public.audit_logs where request_id = 'req-4' $$,
    $$ values ('delete', 'Courier', null::jsonb) $$,
    'a deleted row is logged whole'
);

select tests.authenticate_as((select customer from people));
select tests.set_headers('{"x-request-id": "req-5"}');
update public.user_profiles set name = 'Karim' where id = (select customer from people);
insert into public.user_addresses (full_name, line1, city) values ('Karim', '1 rue', 'Fes');
select tests.clear_authentication();
select is_empty(
    $$ select id from public.audit_logs where request_id = 'req-5' $$,
    'a customer''s own actions are no admin writes'
);

select tests.authenticate_as_service();
select tests.set_headers('{"x-request-id": "req-6"}');
update public.user_profiles set name = 'Karim B.' where id = (select customer from people);
select results_eq(
    $$ select actor_id, row_id, old_values, new_values from public.audit_logs where request_id = 'req-6' $$,
    $$ select null::uuid, customer::text, '{"name": "Karim"}'::jsonb, '{"name": "Karim B."}'::jsonb from people $$,
    'the service''s writes are logged, without a person'
);

select tests.clear_authentication();
delete from auth.users where id = (select customer from people);
select isnt_empty(
    $$ select id from public.audit_logs where row_id = (select customer::text from people) and request_id = 'req-6' $$,
    'the log outlives the account'
);

-- Many rows at once.
select tests.authenticate_as((select admin from people));
select tests.set_headers('{"x-request-id": "req-7"}');
insert into public.shipping_methods (name, price, sort_order)
select 'Bulk ' || number, 10, number
from generate_series(1, 500) as number;
select is(
    (select count(distinct row_id) from public.audit_logs where request_id = 'req-7' and action = 'insert'),
    500::bigint,
    'each of many rows is logged'
);
select tests.set_headers('{"x-request-id": "req-8"}');
update public.shipping_methods
set price = case when sort_order <= 300 then 20 else 10 end
where name like 'Bulk %';
select results_eq(
    $$ select count(*), count(distinct row_id) from public.audit_logs
    where request_id = 'req-8' and old_values = '{"price": 10.00}' and new_values = '{"price": 20.00}' $$,
    $$ values (300::bigint, 300::bigint) $$,
    'but not those that stay as they were, also in one statement with others'
);
select is((select count(*) from public.audit_logs where request_id = 'req-8'), 300::bigint, 'nothing else is');
select results_eq(
    $$ select distinct shipping_methods.sort_order <= 300
    from public.audit_logs
    inner join public.shipping_methods on shipping_methods.id::text = audit_logs.row_id
    where audit_logs.request_id = 'req-8' $$,
    array[true],
    'each entry is about its own row'
);
select tests.set_headers('{"x-request-id": "req-9"}');
delete from public.shipping_methods where name like 'Bulk %';
select is(
    (select count(*) from public.audit_logs where request_id = 'req-9' and action = 'delete' and old_values ->> 'name' like 'Bulk %'),
    500::bigint,
    'many deleted rows are logged'
);
select tests.clear_authentication();

-- Of stock, which every checkout writes, only what people do is logged.
insert into public.products (id, sku, slug, name, price)
values ('00000000-0000-4000-8000-0000000000c9', 'AUDIT-1', 'audit-1', 'Audited', 10);
select tests.authenticate_as((select admin from people));
select tests.set_headers('{"x-request-id": "req-10"}');
update public.inventory set low_stock_threshold = 3 where product_id = '00000000-0000-4000-8000-0000000000c9';
update public.inventory set low_stock_threshold = 3 where product_id = '00000000-0000-4000-8000-0000000000c9';
select public.admin_adjust_stock('00000000-0000-4000-8000-0000000000c9', 7, 'delivery');
select results_eq(
    $$ select action, table_name, new_values -> 'low_stock_threshold', new_values ->> 'kind', new_values -> 'quantity'
    from public.audit_logs where request_id = 'req-10' order by table_name $$,
    $$ values
        ('update', 'inventory', '3'::jsonb, null::text, null::jsonb),
        ('insert', 'stock_movements', null, 'receive', '7') $$,
    'a threshold and a delivery are, once each'
);
select tests.clear_authentication();

-- The tables that admins may write, as their policies say; each has the trigger for what they may do.
select is_empty(
    $$ select policies.tablename, policies.cmd
    from pg_policies as policies
    where policies.schemaname = 'public'
        and policies.cmd in ('INSERT', 'UPDATE', 'DELETE')
        and concat(policies.qual, policies.with_check) like '%is_admin()%'
        and not exists (
            select
            from pg_trigger
            where pg_trigger.tgrelid = format('public.%I', policies.tablename)::regclass
                and pg_trigger.tgfoid in ('private.audit'::regproc, 'private.audit_row'::regproc)
                and pg_trigger.tgtype & case policies.cmd when 'INSERT' then 4 when 'DELETE' then 8 else 16 end <> 0
        ) $$,
    'every table that admins write is audited'
);
select is_empty(
    $$ select pg_class.relname, pg_trigger.tgname
    from pg_trigger
    inner join pg_class on pg_class.oid = pg_trigger.tgrelid
    inner join pg_proc on pg_proc.oid = pg_trigger.tgfoid
    where pg_class.relname in ('orders', 'inventory', 'stock_movements', 'stock_reservations', 'order_items', 'order_status_history')
        and pg_trigger.tgnewtable is not null
        and (pg_class.relname <> 'orders' or pg_trigger.tgtype & 4 <> 0)
        and pg_proc.proname = 'audit' $$,
    'nothing gathers the rows of a checkout for the audit'
);

select tests.authenticate_as_anon();
select is(tests.error_code('select * from public.audit_logs'), '42501', 'visitors cannot read the audit log');
select tests.authenticate_as((select admin from people));
select isnt_empty('select * from public.audit_logs', 'admins read the audit log');
select is(
    tests.error_code($$ insert into public.audit_logs (action, table_name, row_id) values ('update', 'orders', '1') $$),
    '42501',
    'admins cannot add to it'
);
select tests.clear_authentication();
select tests.create_user('audit-other@example.com') as other
\gset
select tests.authenticate_as(:'other');
select is_empty('select * from public.audit_logs', 'customers cannot read the audit log');

select * from finish();
rollback;
