-- Writes private.shop_settings anew from the settings.
create function private.write_shop_settings()
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into private.shop_settings (
        currency, currency_decimals, country, time_zone, languages, order_number_prefix, payment_methods,
        online_hold, cod_hold, shipping_tax_rate
    )
    select
        found.settings ->> 'store.currency',
        private.currency_decimals(found.settings ->> 'store.currency'),
        found.settings ->> 'store.country',
        found.settings ->> 'store.time_zone',
        array(select jsonb_array_elements_text(found.settings -> 'store.languages')),
        found.settings ->> 'order.number_prefix',
        array(select jsonb_array_elements_text(found.settings -> 'checkout.payment_methods')),
        make_interval(mins => (found.settings ->> 'checkout.online_hold_minutes')::integer),
        make_interval(hours => (found.settings ->> 'checkout.cod_hold_hours')::integer),
        (found.settings ->> 'tax.shipping_rate')::numeric
    from (
        select jsonb_object_agg(system_settings.key, system_settings.value) as settings
        from public.system_settings
    ) as found
    on conflict (is_only)
    do update set
        currency = excluded.currency,
        currency_decimals = excluded.currency_decimals,
        country = excluded.country,
        time_zone = excluded.time_zone,
        languages = excluded.languages,
        order_number_prefix = excluded.order_number_prefix,
        payment_methods = excluded.payment_methods,
        online_hold = excluded.online_hold,
        cod_hold = excluded.cod_hold,
        shipping_tax_rate = excluded.shipping_tax_rate;
end;
$$;

select private.write_shop_settings();

-- The row of private.shop_settings is written last, and one transaction after the other: of two that change different
-- settings at once, the second writes what both say.
create function private.keep_shop_settings()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform
    from private.shop_settings
    for update;
    perform private.write_shop_settings();
    return null;
end;
$$;
