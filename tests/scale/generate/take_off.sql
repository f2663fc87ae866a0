-- Filling tables row by row through triggers, indexes and foreign keys takes hours; building the last two afterwards takes
-- minutes and checks the same. CHECK and UNIQUE constraints stay.
do $$
begin
    if exists (select from public.products where sku = 'REF-0000001') then
        raise exception 'This database has generated data already.' using hint = 'Generate into a fresh database.';
    end if;
end;
$$;

create temporary table filled (
    name regclass primary key
);
insert into filled (name)
values
    ('public.categories'), ('public.category_attributes'), ('public.products'), ('public.product_images'),
    ('public.product_costs'), ('public.wishlists'),
    ('public.user_profiles'), ('public.user_addresses'), ('public.cart_items'),
    ('public.inventory'), ('public.stock_movements'), ('public.stock_reservations'),
    ('public.shipping_methods'), ('public.coupons'), ('public.coupon_usage'),
    ('public.orders'), ('public.order_items'), ('public.order_status_history'), ('public.order_origins'),
    ('private.idempotency_keys'), ('public.payments'), ('public.refunds'),
    ('private.search_documents'), ('private.search_entries');

create temporary table taken_off (
    position integer generated always as identity primary key,
    drop_statement text not null,
    restore_statement text not null
);

-- Restored in this order: indexes before the foreign keys that are checked with them.
insert into taken_off (drop_statement, restore_statement)
select format('drop index %s', pg_index.indexrelid::regclass), pg_get_indexdef(pg_index.indexrelid)
from pg_index
inner join filled on filled.name = pg_index.indrelid
where not exists (select from pg_constraint where pg_constraint.conindid = pg_index.indexrelid)
order by pg_index.indexrelid::regclass::text;

insert into taken_off (drop_statement, restore_statement)
select
    format('alter table %s drop constraint %I', filled.name, pg_constraint.conname),
    format(
        'alter table %s add constraint %I %s',
        filled.name, pg_constraint.conname, pg_get_constraintdef(pg_constraint.oid)
    )
from pg_constraint
inner join filled on filled.name = pg_constraint.conrelid
where pg_constraint.contype = 'f'
order by filled.name::text, pg_constraint.conname;

do $$
declare
    statement text;
begin
    for statement in
        select taken_off.drop_statement from taken_off order by taken_off.position desc
    loop
        execute statement;
    end loop;
    for statement in
        select format('alter table %s disable trigger user', filled.name) from filled
    loop
        execute statement;
    end loop;
    -- These work on a whole statement's rows.
    alter table public.products enable trigger create_inventory;
    alter table public.products enable trigger follow_hidden_products_of_new;
    alter table public.products enable trigger follow_texts_of_new;
    alter table public.products enable trigger follow_entries_of_new;
end;
$$;
