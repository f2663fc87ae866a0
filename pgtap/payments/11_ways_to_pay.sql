-- Ways to pay: offered when they are set up, in currencies without decimals too.
begin;
select plan(26);

create function pg_temp.offered() returns jsonb language sql
    return (select value from public.store_settings where key = 'checkout.payment_methods');
create function pg_temp.template(value jsonb) returns text language plpgsql as $$
begin
    update public.system_settings set value = template.value where key = 'payment_link.template';
    return null;
exception
    when sqlstate 'PGRST' then
        return sqlerrm::jsonb ->> 'hint';
end;
$$;
grant execute on all functions in schema pg_temp to anon;

-- What is set up.
update public.system_settings set value = '["stripe", "cod", "payment_link"]' where key = 'checkout.payment_methods';
select tests.authenticate_as_anon();
select is(pg_temp.offered(), '["cod"]', 'cash alone is offered where nothing is set up');
select tests.clear_authentication();
select is(pg_temp.template('"https://pay.example.com/{order_number}"'), null, 'with a template');
select is(pg_temp.offered(), '["cod", "payment_link"]', 'links are offered');
select tests.authenticate_as_service();
select lives_ok($$select public.announce_payment_methods(array['stripe'])$$, 'with keys that the edge says it has');
select tests.authenticate_as_anon();
select is(pg_temp.offered(), '["stripe", "cod", "payment_link"]', 'so is Stripe, and all stay in the shop''s order');
select tests.clear_authentication();
select is(
    (select value from public.system_settings where key = 'checkout.payment_methods'),
    '["stripe", "cod", "payment_link"]',
    'the setting is what the shop wants, set up or not'
);
update public.system_settings set value = '["stripe"]' where key = 'checkout.payment_methods';
update private.announced_methods set announced_at = now() - interval '61 minutes';
select is(pg_temp.offered(), '[]', 'keys that nobody has spoken of for an hour are gone');
select public.announce_payment_methods(array['stripe', 'stripe']);
select is(pg_temp.offered(), '["stripe"]', 'until they are back');
update private.announced_methods set announced_at = now() - interval '59 seconds';
select public.announce_payment_methods(array['stripe']);
select is((select announced_at from private.announced_methods), now() - interval '59 seconds', 'what was said just now is not written again');
select is(tests.error_details($$select public.announce_payment_methods('{}')$$), '{"methods": "is required"}', 'an edge that has nothing to say says nothing');
select is(tests.error_details($$select public.announce_payment_methods(array['paypal'])$$), '{"methods": "must be one of: stripe"}', 'nor what is not known');
select is(tests.error_details($$select public.announce_payment_methods(array[null])$$), '{"methods": "must be one of: stripe"}', 'nor nothing at all');
select is(tests.error_details($$select public.announce_payment_methods(null)$$), '{"methods": "is required"}', 'of which it says a list');
select is(private.payment_method_ready('paypal'), false, 'what is not known is not ready');

-- Templates, as providers make links.
select is(
    pg_temp.template('"https://pay.example/b/abc?client_reference_id={order_number}&prefilled_email={email}"'), null,
    'a link made at a provider works as it is'
);
select is(
    pg_temp.template('"https://pay.example/{language}/{order_number}?a={amount}&c={currency}&e={expires}&s={signature}&m={email}"'), null,
    'with all that can be told'
);
select is(pg_temp.template('"https://pay.example/b/abc"'), '{"payment_link.template": ["pattern", "{order_number}"]}', 'it says which order');
select is(pg_temp.template('"https://pay.example/{order_number}?n={name}"'), '{"payment_link.template": ["unknown"]}', 'and nothing that is not known');
select is(pg_temp.template('"https://pay.example/{order_number}?n={"'), '{"payment_link.template": ["unknown"]}', 'nor half a word');
select is(pg_temp.template('"http://pay.example/{order_number}"'), '{"payment_link.template": ["not_url"]}', 'nor over an open line');

-- A currency without decimals.
insert into public.orders (order_number, guest_email, payment_method, currency, subtotal, total, shipping_address)
values ('PS-260101-0000001', 'yen@example.com', 'stripe', 'JPY', 1300, 1300, tests.address());
insert into tests.placed
select 'yen', jsonb_build_object('id', orders.id)
from public.orders
where orders.order_number = 'PS-260101-0000001';
select is(
    tests.error_details($$select tests.report('yen', '{"amount": 1300.5, "currency": "jpy"}')$$),
    '{"amount": "must have at most 0 decimals"}',
    'there is no half a yen'
);
select tests.clear_authentication();
select is(tests.reported('yen', '{"amount": 130000, "currency": "jpy"}'), 'mismatch pending pending', 'nor are there hundredths');
select is(tests.reported('yen', '{"amount": 1300, "currency": "jpy", "provider_reference": "pi_yen"}'), 'paid confirmed paid', 'yen pay yen');
select is(
    tests.error_details($$select private.start_refund(tests.payment_of('yen'), 0.5)$$),
    '{"amount": "must have at most 0 decimals"}',
    'and are given back in yen'
);
select is(tests.error_details($$select private.start_refund(tests.payment_of('yen'), 0)$$), '{"amount": "must be at least 1"}', 'of which one is the least');
select is((private.start_refund(tests.payment_of('yen'), 300)).amount, 300.00, 'and 300 are 300');

select * from finish();
rollback;
