-- Amounts are to the unit of the store's currency; dates and whole numbers within what clients read back.
begin;
select plan(24);

select is(private.amount_fault(19.99), null, 'an amount with two decimals is fine');
select is(private.amount_fault(19.9900), null, 'noughts are no decimals');
select is(private.amount_fault(19.999), '["decimals", 2]', 'a third decimal is refused, not rounded');
select is(private.amount_fault(-0.01), '["below", 0]', 'a negative amount says the least');
select is(private.amount_fault(0, minimum => 0.01), '["below", 0.01]', 'also where that is more than nothing');
select is(private.amount_fault(100000000), '["above", 99999999.99]', 'what the columns can''t hold says the most');
select is(private.amount_fault('NaN'), '["above", 99999999.99]', 'what is no number is refused');
select is(private.amount_fault('infinity'), '["above", 99999999.99]', 'so is infinity');
select is(private.amount_fault(null, required => true), '["required"]', 'a missing amount is named');
select is(private.amount_fault(null), null, 'where it must be there');

-- The same on tables.
create temporary table people as
select tests.create_user('amounts-admin@example.com', 'admin') as admin;
grant select on people to public;
select tests.authenticate_as((select admin from people));
select is(
    tests.faults($$ insert into public.shipping_methods (name, price, free_from) values ('Courier', 25.005, 100.001) $$),
    '{"price": ["decimals", 2], "free_from": ["decimals", 2]}',
    'a shipping price is not rounded in silence'
);
insert into public.shipping_methods (name, price, free_from) values ('Courier', 25, 300.5);
select is(
    (select to_jsonb(shipping_methods) ->> 'price' || ' ' || (to_jsonb(shipping_methods) ->> 'free_from') from public.shipping_methods where name = 'Courier'),
    '25.00 300.50',
    'and every reader sees two decimals'
);
select is(
    tests.faults($$ update public.shipping_methods set price = 1e9, sort_order = 3000000000, estimated_days_max = 3000000000 where name = 'Courier' $$),
    '{"price": ["above", 99999999.99], "sort_order": ["above", 2147483647], "estimated_days_max": ["above", 365]}',
    'a PATCH that is out of range says so by field'
);
select is(
    tests.faults($$ insert into public.coupons (code, discount_type, discount_value, min_order_amount) values ('C1', 'fixed', 33.333, 0.001) $$),
    '{"discount_value": ["decimals", 2], "min_order_amount": ["below", 0.01]}',
    'nor is what a coupon is worth'
);
select is(
    tests.faults($$ insert into public.coupons (code, discount_type, discount_value) values ('C1', 'percentage', 33.333) $$),
    '{"discount_value": ["decimals", 2]}',
    'nor its percentage'
);

-- Without decimals.
select tests.clear_authentication();
update public.shipping_methods set price = round(price), free_from = round(free_from);
update public.system_settings set value = '"JPY"' where key = 'store.currency';
select is(private.amount_fault(1500), null, 'whole yen are fine');
select is(private.amount_fault(19.9), '["decimals", 0]', 'a tenth of one is refused');
select tests.authenticate_as((select admin from people));
select is(
    tests.faults($$ update public.shipping_methods set price = 25.5, free_from = 0 where name = 'Courier' $$),
    '{"price": ["decimals", 0], "free_from": ["below", 1]}',
    'also on tables'
);
insert into public.coupons (code, discount_type, discount_value) values ('TENTH', 'percentage', 12.5);
select is(public.validate_coupon('TENTH', 1004) ->> 'discount_amount', '126.00', 'a discount is rounded half up to whole yen');
select is(
    tests.faults($$ select public.validate_coupon('TENTH', 10.5) $$),
    '{"subtotal": ["decimals", 0]}',
    'a subtotal has no decimals then'
);

-- Dates.
select is(private.date_fault('2026-11-25 12:00+00'), null, 'a date is a date');
select is(private.date_fault('infinity'), '["not_date"]', 'infinity is none');
select is(
    tests.faults($$ insert into public.coupons (code, discount_type, discount_value, starts_at, expires_at)
    values ('C1', 'fixed', 1, '1899-12-31', '20000-01-01') $$),
    '{"starts_at": ["not_date"], "expires_at": ["not_date"]}',
    'nor is what clients can''t read back'
);
select is(
    tests.faults($$ insert into public.coupons (code, discount_type, discount_value, starts_at, expires_at, usage_limit, usage_limit_per_user)
    values ('C1', 'fixed', 1, '2026-01-02', '2026-01-01', 3000000000, 0) $$),
    '{"expires_at": ["order", "starts_at"], "usage_limit": ["above", 2147483647], "usage_limit_per_user": ["below", 1]}',
    'a coupon''s end comes after its start, and its limits are whole numbers in range'
);

select * from finish();
rollback;
