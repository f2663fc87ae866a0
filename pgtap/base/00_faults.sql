-- How invalid_input says what is wrong: in words for people, in codes for programs.
begin;
select plan(11);

select is(
    tests.error($$ select private.raise_invalid('{"name": ["too_long", 200], "role": ["one_of", "customer", "admin"], "phone": null}') $$)
        - array['message', 'code'],
    jsonb_build_object(
        'details', '{"name": "is too long (at most 200 characters)", "role": "must be one of: customer, admin"}'::jsonb::text,
        'hint', '{"name": ["too_long", 200], "role": ["one_of", "customer", "admin"]}'::jsonb::text
    ),
    'details has the words, hint the codes and their parameters; a field without a fault is in neither'
);
select is(
    tests.error($$ select private.raise_invalid('{"zones": ["required", {"reason": "is required; an empty array means everywhere"}]}') $$)
        - array['message', 'code'],
    jsonb_build_object(
        'details', '{"zones": "is required; an empty array means everywhere"}'::jsonb::text,
        'hint', '{"zones": ["required"]}'::jsonb::text
    ),
    'better words are for people only'
);
select is(
    private.fault_with_reason('["too_long", 50, {"reason": "is endless"}]', 'holds "x", which %s'),
    '["too_long", 50, {"reason": "holds \"x\", which is endless"}]',
    'a sentence goes round the words there are'
);
select is(tests.error($$ select private.raise_invalid('{"phone": null}') $$), null, 'no fault is no error');
select is(tests.error('select private.raise_invalid(null)'), null, 'nor is none at all');
select set_eq(
    'select code from private.fault_codes',
    array[
        'required', 'too_long', 'too_short', 'below', 'above', 'decimals', 'too_many', 'one_of', 'not_number', 'not_integer',
        'not_boolean', 'not_object', 'not_array', 'not_uuid', 'not_date', 'not_email', 'not_phone', 'not_url', 'pattern', 'markup',
        'control', 'direction', 'unknown', 'unknown_key', 'duplicate', 'taken', 'deleted', 'in_use', 'order', 'locks_out', 'unavailable'
    ],
    'the list of codes is closed'
);
select is_empty(
    $$
        select pg_proc.proname, said.match[1]
        from pg_proc
        cross join lateral (
            select match from regexp_matches(pg_proc.prosrc, '\["([a-z_]+)"[],]', 'g') as match
            union all
            select match from regexp_matches(pg_proc.prosrc, 'jsonb_build_array\(\s*''([a-z_]+)''', 'g') as match
        ) as said
        where pg_proc.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
            and said.match[1] not in (select fault_codes.code from private.fault_codes)
    $$,
    'no function says another'
);

-- What is in use says by what.
select is(
    tests.error($$ select private.raise_in_use('{"orders": 12, "products": 0, "categories": null}') $$) - array['message', 'hint'],
    '{"code": "in_use", "details": "{\"orders\": 12}"}',
    'in_use names its users, and only those'
);
select is(tests.error($$ select private.raise_in_use('{"orders": 0}') $$), null, 'what nobody uses is not in use');

-- Lists of products and quantities.
select is(
    private.item_faults('[{"product_id": "x", "quantity": 1.5}, 7, {}, {"product_id": "00000000-0000-4000-8000-000000000000", "quantity": 1000}]'),
    '{
        "items.0.product_id": ["not_uuid"], "items.0.quantity": ["not_integer"],
        "items.1": ["not_object"],
        "items.2.product_id": ["required"], "items.2.quantity": ["required"],
        "items.3.quantity": ["above", 999]
    }',
    'every fault of a list is named by its place'
);
select is(
    private.item_faults('[{"product_id": "00000000-0000-4000-8000-000000000000", "quantity": 1}]'),
    null,
    'a good list has none'
);

select * from finish();
rollback;
