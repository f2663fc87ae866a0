-- A shop whose currency has no decimals.
begin;
select plan(5);

select tests.create_user('buyer@example.com');
update public.system_settings set value = '"JPY"' where key = 'store.currency';
select tests.create_shipping_method('Standard', 30);
select tests.create_product('YEN', 999, 10, 10);
select tests.create_product('SEN', 500, 10, 8);
insert into public.coupons (code, discount_type, discount_value) values ('THIRD', 'percentage', 33);

select tests.authenticate_as(tests.user_id('buyer@example.com'));
create temporary table placed as
select tests.place('{"YEN": 1, "SEN": 2}', '{"coupon_code": "THIRD"}') as document;
grant select on placed to authenticated;
select is((select document ->> 'currency' from placed), 'JPY', 'an order is in the store''s currency');
select is((select (document ->> 'discount_amount')::numeric from placed), 660::numeric, 'a discount is rounded to whole units: 33 % of 1999');
select is_empty(
    $$select 1 from public.order_items
    where order_id = (select (document ->> 'id')::uuid from placed)
        and (discount_amount % 1 <> 0 or tax_amount % 1 <> 0 or line_total % 1 <> 0)$$,
    'so is all of every line'
);
select is(
    (select sum(discount_amount) from public.order_items where order_id = (select (document ->> 'id')::uuid from placed)),
    660.00,
    'and the shares of the discount add back'
);
select is(
    (
        select tax_amount from public.orders
        where id = (select (document ->> 'id')::uuid from placed)
    ),
    (
        select sum(round(line_total * tax_rate / (100 + tax_rate))) + round(30 * 20 / 120.0)
        from public.order_items
        where order_id = (select (document ->> 'id')::uuid from placed)
    ),
    'tax is rounded to whole units in each line and for shipping'
);

select * from finish();
rollback;
