-- The language of who buys: in the cart, in the lines of the order, and for all that the shop writes them afterwards.
begin;
select plan(8);

select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('TEA', 50, 10);
select tests.create_product('MINT', 20, 10);
update public.products
set translations = '{"ar": {"name": "شاي أخضر"}, "en": {"name": "Green tea"}}'
where sku = 'TEA';

select tests.authenticate_as(tests.user_id('buyer@example.com'));
select tests.set_headers('{"accept-language": "ar-MA, fr;q=0.8"}');
select public.add_to_cart(tests.product('TEA'), 1);
select public.add_to_cart(tests.product('MINT'), 1);
select is(
    (select array_agg(item ->> 'name' order by item ->> 'sku' desc) from jsonb_array_elements(public.get_cart() -> 'items') as item),
    array['شاي أخضر', 'Product MINT'],
    'a cart names what the buyer reads, and the product''s own name where it has no other'
);
create temporary table placed as
select public.place_order(tests.address(), tests.shipping_method('Standard'), 'cod') as document;
grant select on placed to authenticated;
select is(
    (select array_agg(item ->> 'name' order by item ->> 'sku' desc) from placed, jsonb_array_elements(document -> 'items') as item),
    array['شاي أخضر', 'Product MINT'],
    'so does the confirmation'
);
select is(
    (select name from public.order_items where order_id = (select (document ->> 'id')::uuid from placed) and sku = 'TEA'),
    'شاي أخضر',
    'and the line, which stays'
);
select is(
    (select language from public.orders where id = (select (document ->> 'id')::uuid from placed)),
    'ar',
    'the order remembers the language'
);

create function pg_temp.language_for(header jsonb)
    returns text
    volatile
    language plpgsql
    as $$
declare
    answer jsonb;
begin
    perform tests.set_headers(language_for.header);
    answer := tests.place('{"MINT": 1}');
    return (select orders.language from public.orders where orders.id = (answer ->> 'id')::uuid);
end;
$$;
select is(
    pg_temp.language_for(asked.header),
    asked.language,
    format('a buyer who asks for %s is written to in %s', coalesce(asked.header ->> 'accept-language', 'nothing'), asked.language)
)
from (
    values
        (null::jsonb, 'fr'),
        ('{"accept-language": "de, it"}', 'fr'),
        ('{"accept-language": "fr-FR,fr;q=0.9,en;q=0.8"}', 'fr'),
        ('{"accept-language": "de;q=0.9, en;q=0.5, *;q=0.1"}', 'en')
) as asked (header, language);

select * from finish();
rollback;
