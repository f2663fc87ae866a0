-- The trigger on auth.users makes the profiles.
insert into auth.users (
    id, instance_id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at
)
select
    pg_temp.id_of('customer', number),
    '00000000-0000-0000-0000-000000000000',
    'authenticated',
    'authenticated',
    'client' || number || '@example.com',
    case when pg_temp.below(number, 21, 20) > 0 then joined.at end,
    '{"provider": "email", "providers": ["email"]}',
    jsonb_build_object('name', first_names.name || ' ' || last_names.name),
    joined.at,
    joined.at
from generate_series(1, :customers) as number
inner join first_names on first_names.id = pg_temp.below(number, 22, 20)
inner join last_names on last_names.id = pg_temp.below(number, 23, 18)
cross join lateral (
    select pg_temp.moment(number / (:customers + 1.0))
) as joined (at);

update public.user_profiles
set created_at = users.created_at
from auth.users
where users.id = user_profiles.id and users.email like 'client%@example.com';

insert into public.user_addresses (
    user_id, label, full_name, phone, line1, city, country, is_default_shipping, is_default_billing
)
select
    pg_temp.id_of('customer', number),
    'Maison',
    first_names.name || ' ' || last_names.name,
    '+212 6' || lpad(pg_temp.below(number, 24, 100000000)::text, 8, '0'),
    1 + pg_temp.below(number, 25, 200) || ', rue des Consuls',
    origins.fr,
    'MA',
    true,
    true
from generate_series(1, :customers) as number
inner join first_names on first_names.id = pg_temp.below(number, 22, 20)
inner join last_names on last_names.id = pg_temp.below(number, 23, 18)
inner join origins on origins.id = pg_temp.below(number, 26, 15)
where number % 3 > 0;

-- `materialized` here and below: the choice is made once, and joined by hash.
insert into public.cart_items (user_id, product_id, quantity)
with chosen as materialized (
    select
        pg_temp.id_of('customer', number) as user_id,
        pg_temp.below(number * 10 + line, 27, (select count(*) from goods)::integer) as place,
        1 + pg_temp.below(number * 10 + line, 28, 3) as quantity
    from generate_series(5, :customers, 5) as number
    cross join generate_series(1, 3) as line
)

select chosen.user_id, goods.id, max(chosen.quantity)
from chosen
inner join goods on goods.place = chosen.place
group by chosen.user_id, goods.id;

insert into public.wishlists (user_id, product_id)
with chosen as materialized (
    select distinct
        pg_temp.id_of('customer', number) as user_id,
        pg_temp.below(number * 10 + line, 29, (select count(*) from goods)::integer) as place
    from generate_series(4, :customers, 4) as number
    cross join generate_series(1, 4) as line
)

select chosen.user_id, goods.id
from chosen
inner join goods on goods.place = chosen.place;
