-- The amounts of an order, to the centime.
begin;
select plan(32);

select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30, free_from => 5000);
select tests.create_shipping_method('Free', 0);
select tests.create_product('LAMP', 99.99, 999, tax_rate => 20);
select tests.create_product('BOOK', 45.50, 999, tax_rate => 10);
select tests.create_product('BREAD', 0.01, 999, tax_rate => 0);
select tests.create_product('YACHT', 99999999.99, 999);
update public.system_settings set value = '"https://pay.example/?order={order_number}"' where key = 'payment_link.template';
insert into public.coupons (code, discount_type, discount_value)
values ('TEN', 'percentage', 10), ('ALL', 'percentage', 100), ('FIFTY', 'fixed', 50), ('CENT', 'fixed', 0.01), ('SHIP', 'free_shipping', 0);

-- One order, by hand: 3 x 99.99 + 2 x 45.50 = 390.97, ten per cent off is 39.097.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
create temporary table placed as
select tests.place('{"LAMP": 3, "BOOK": 2}', '{"coupon_code": "TEN"}') as document;
grant select on placed to authenticated;
create function pg_temp.line(sku text) returns jsonb language sql
    return (select item from placed, jsonb_array_elements(document -> 'items') as item where item ->> 'sku' = line.sku);

select is((select document ->> 'subtotal' from placed), '390.97', 'subtotal is the sum of quantity * unit_price');
select is((select document ->> 'discount_amount' from placed), '39.10', 'the discount is computed once on the subtotal and rounded half up');
select is((select document ->> 'shipping_cost' from placed), '30.00', 'shipping has the method''s price');
select is((select document ->> 'total' from placed), '381.87', 'total = subtotal - discount + shipping');
select is(pg_temp.line('LAMP') ->> 'discount_amount', '30.00', 'the centime left over goes to the largest remainder');
select is(pg_temp.line('BOOK') ->> 'discount_amount', '9.10', 'and the shares add back');
select is(pg_temp.line('LAMP') ->> 'line_total', '269.97', 'line_total = quantity * unit_price - discount_amount');
select is(pg_temp.line('LAMP') ->> 'tax_amount', '45.00', 'a line''s tax is contained in its total, 44.995 rounded half up');
select is(pg_temp.line('BOOK') ->> 'tax_amount', '7.45', 'at its own rate');
select is((select document ->> 'tax_amount' from placed), '57.45', 'the order''s tax is the lines'' and that of shipping');

-- Prices are a snapshot.
select tests.clear_authentication();
update public.products set price = 1, name = 'Renamed', tax_rate = 0 where sku = 'LAMP';
select results_eq(
    $$select sku, name, unit_price, tax_rate from public.order_items
    where order_id = (select (document ->> 'id')::uuid from placed) and sku = 'LAMP'$$,
    $$values ('LAMP', 'Product LAMP', 99.99, 20.00)$$,
    'an order keeps the price, name and rate of its day'
);

-- Tax of shipping.
update public.system_settings set value = '10' where key = 'tax.shipping_rate';
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(tests.place('{"BREAD": 1}') ->> 'tax_amount', '2.73', 'shipping contains tax at its own rate');
select is(
    tests.place('{"BREAD": 1}', '{"coupon_code": "SHIP"}') ->> 'tax_amount',
    '0.00',
    'free shipping contains none'
);

-- Totals of nothing.
create temporary table gift as
select tests.place('{"BOOK": 1}', '{"coupon_code": "ALL", "shipping_method": "Free", "payment_method": "payment_link"}') as document;
grant select on gift to authenticated;
select is(
    (select document - array['id', 'order_number', 'items', 'shipping_address', 'placed_at', 'reservation_expires_at'] from gift),
    '{
        "status": "confirmed", "payment_status": "paid", "payment_method": "payment_link", "currency": "MAD",
        "subtotal": 45.50, "discount_amount": 45.50, "shipping_cost": 0.00, "tax_amount": 0.00, "total": 0.00,
        "guest_token": null, "next_action": null
    }',
    'an order of nothing has nothing to pay'
);
select is(
    (select row(status, confirmed_at is not null)::text from public.orders where id = (select (document ->> 'id')::uuid from gift)),
    '(confirmed,t)',
    'it is confirmed at once'
);
select tests.clear_authentication();
select results_eq(
    $$select distinct status from public.stock_reservations where order_id = (select (document ->> 'id')::uuid from gift)$$,
    $$values ('committed')$$,
    'so its stock does not lapse'
);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select results_eq(
    $$select amount, status from public.payments where order_id = (select (document ->> 'id')::uuid from gift)$$,
    $$values (0.00, 'paid')$$,
    'and its payment is made'
);
select is(
    tests.place('{"BOOK": 1}', '{"coupon_code": "ALL"}') ->> 'total',
    '30.00',
    'shipping is paid for where everything else is free'
);
select is(
    (select array[document ->> 'discount_amount', document #>> '{items,0,line_total}'] from tests.place('{"BREAD": 1}', '{"coupon_code": "FIFTY"}') as document),
    array['0.01', '0.00'],
    'a discount is never above the subtotal'
);
select is(
    tests.place('{"LAMP": 1, "BOOK": 1, "BREAD": 1}', '{"coupon_code": "CENT"}') ->> 'discount_amount',
    '0.01',
    'a centime is shared over lines as well'
);

-- Amounts too large.
select is(
    tests.error_details($$select tests.place('{"YACHT": 2}')$$) ->> 'items',
    'come to more than an order can hold (99999999.99)',
    'a subtotal that no column can hold is invalid_input'
);
select is(
    tests.error_code($$select tests.place('{"YACHT": 999}', '{"coupon_code": "ALL"}')$$),
    'invalid_input',
    'with a coupon too'
);
select tests.clear_authentication();
select tests.create_shipping_method('Paid', 30);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    tests.error_code($$select tests.place('{"YACHT": 1}', '{"shipping_method": "Paid"}')$$),
    'invalid_input',
    'a total that no column can hold is invalid_input'
);
select is(
    tests.place('{"YACHT": 1}', '{"shipping_method": "Paid", "coupon_code": "FIFTY"}') ->> 'total',
    '99999979.99',
    'the discount may bring it back in range'
);
select is(tests.place('{"YACHT": 1}') ->> 'total', '99999999.99', 'the largest amount is an amount');

-- Generated: 2000 orders of 1 to 8 lines, with a discount between nothing and everything.
select tests.clear_authentication();
select setseed(0.42);
create temporary table cases as
select
    number,
    (
        select jsonb_agg(jsonb_build_object(
            'product_id', gen_random_uuid(),
            'quantity', 1 + floor(random() * 20)::integer,
            'unit_price', round((random() * power(10, floor(random() * 6)))::numeric, 2),
            'tax_rate', (array[0, 5.5, 7, 10, 14, 20, 33.33, 100])[1 + floor(random() * 8)::integer]
        ))
        -- Of `number`, so that every case has lines of its own.
        from generate_series(1, 1 + number % 8)
    ) as snapshot,
    random() as part
from generate_series(1, 2000) as number;

create temporary table priced as
select
    cases.number,
    line.place,
    line.gross,
    line.tax_rate,
    sums.discount,
    sums.discount * line.gross / nullif(sums.subtotal, 0) as exact,
    (private.share_discount(sums.amounts, sums.discount, 2))[line.place] as discount_amount
from cases
cross join lateral (
    select
        sum((line ->> 'quantity')::numeric * (line ->> 'unit_price')::numeric) as subtotal,
        array_agg((line ->> 'quantity')::numeric * (line ->> 'unit_price')::numeric order by position) as amounts,
        round(case
            when number % 10 = 0 then 1
            when number % 10 = 1 then 0
            else part::numeric
        end * sum((line ->> 'quantity')::numeric * (line ->> 'unit_price')::numeric), 2) as discount
    from jsonb_array_elements(cases.snapshot) with ordinality as lines (line, position)
) as sums
cross join lateral (
    select
        position as place,
        (line ->> 'quantity')::numeric * (line ->> 'unit_price')::numeric as gross,
        (line ->> 'tax_rate')::numeric as tax_rate
    from jsonb_array_elements(cases.snapshot) with ordinality as lines (line, position)
) as line;
alter table priced add line_total numeric, add tax_amount numeric;
update priced set line_total = gross - discount_amount;
update priced set tax_amount = private.contained_tax(line_total, tax_rate, 2);

select cmp_ok((select count(*) from priced), '>', 8000::bigint, 'there are thousands of lines to look at');
select is_empty(
    'select number from priced group by number, discount having sum(discount_amount) <> discount',
    'the shares of a discount add back exactly'
);
select is_empty(
    'select number from priced where discount_amount < 0 or discount_amount > gross',
    'no share is negative or above its line'
);
select is_empty(
    'select number from priced where abs(discount_amount - exact) >= 0.01',
    'no share is a centime away from its due'
);
select is_empty(
    $$select number from priced group by number
    having min(exact - trunc(exact, 2)) filter (where discount_amount > trunc(exact, 2))
        < max(exact - trunc(exact, 2)) filter (where discount_amount = trunc(exact, 2))$$,
    'the centimes left over go to the largest remainders'
);
select is_empty(
    $$select number from priced
    where tax_amount <> div(2 * line_total * 100 * tax_rate + 100 + tax_rate, 2 * (100 + tax_rate)) / 100$$,
    'a line''s tax is contained in its total, rounded half up'
);
select is_empty('select number from priced where tax_amount not between 0 and line_total', 'and never more than it');

select * from finish();
rollback;
