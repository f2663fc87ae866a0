-- The settings that rows are made of. Read once: to look one up takes longer than to make a row.
create temporary table shop as
select
    private.setting_text('store.currency') as currency,
    private.setting_text('store.time_zone') as time_zone,
    private.setting_text('order.number_prefix') as number_prefix,
    (private.setting('tax.shipping_rate') #>> '{}')::numeric as shipping_tax_rate,
    make_interval(hours => private.setting_int('checkout.cod_hold_hours')) as cod_hold,
    make_interval(mins => private.setting_int('checkout.online_hold_minutes')) as online_hold;
