-- What checkout needs of the settings, as one row that is looked up instead of eight that are parsed. Kept by a trigger of
-- system_settings, which stays the truth.
create table private.shop_settings (
    is_only boolean primary key default true,
    currency text not null,
    currency_decimals integer not null,
    country text not null,
    time_zone text not null,
    languages text[] not null,
    order_number_prefix text not null,
    payment_methods text[] not null,
    online_hold interval not null,
    cod_hold interval not null,
    shipping_tax_rate numeric not null,
    constraint shop_settings_one_row check (is_only)
);
comment on table private.shop_settings is 'The settings of the shop that every order needs, in their own types. One row.';
