-- Composed from sql/shipping by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/shipping/shipping_methods.sql

-- Columns are wider than what they may hold: a narrow one would round an amount, or fail, before any trigger could say what
-- is wrong with it.
create table public.shipping_methods (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    price numeric not null,
    free_from numeric,
    estimated_days_min bigint,
    estimated_days_max bigint,
    zones text[] not null default '{}',
    sort_order bigint not null default 0,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint shipping_methods_price_not_negative check (price >= 0),
    constraint shipping_methods_free_from_positive check (free_from > 0)
);

comment on table public.shipping_methods is 'Ways to send an order. Customers see what serves them through rpc/shipping_options.';
comment on column public.shipping_methods.price is 'In the store''s currency, tax included.';
comment on column public.shipping_methods.free_from is 'Subtotal before discount from which shipping is free; null means never.';
comment on column public.shipping_methods.estimated_days_min is 'Days.';
comment on column public.shipping_methods.estimated_days_max is 'Days.';
comment on column public.shipping_methods.zones is 'ISO country codes or CC:city (MA, MA:Casablanca); empty means everywhere.';

-- sql/shipping/private/normal_place.sql

-- A city as it is compared: without case, accents, hyphens, blanks and invisible characters, and with the letters of Arabic
-- that people use for each other folded ("Beni-Mellal" is "Béni Mellal", "اكادير" is "أكادير").
create function private.normal_place(name text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    normal text := lower(name);
begin
    if octet_length(normal) > char_length(normal) then
        -- Decomposed accents and the forms of presentation of Arabic become letters.
        normal := normalize(private.without_invisible(normal), nfkc);
        normal := lower(extensions.unaccent('extensions.unaccent'::regdictionary, normal));
        normal := translate(
            normal,
            -- Alefs, yas, waw with hamza, ta marbuta, the letters for k and g; then what is left out: hamza, tatweel, vowel signs.
            u&'\0623\0625\0622\0671\0649\06CC\0626\0624\0629\06C1\06A9\06AD\06AF\0763\0762'
                || u&'\0621\0640\064B\064C\064D\064E\064F\0650\0651\0652\0653\0654\0655\0670',
            u&'\0627\0627\0627\0627\064A\064A\064A\0648\0647\0647\0643\0643\0643\0643\0643'
        );
    end if;
    -- Every hyphen, dash and blank.
    return regexp_replace(normal, '[\u0001-\u0020\u002d\u0085\u00a0\u1680\u2000-\u2015\u2028\u2029\u202f\u205f\u2212\u3000]', '', 'g');
end;
$$;
grant execute on function private.normal_place to anon, authenticated, service_role;

-- sql/shipping/private/serves.sql

-- Whether zones (MA, or MA:Casablanca; none means everywhere) hold an address.
create function private.serves(zones text[], country text, city text)
    returns boolean
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    place_country constant text := upper(private.trimmed(serves.country));
    place_city text;
begin
    if serves.zones = '{}' or place_country = any(serves.zones) then
        return true;
    end if;

    place_city := private.normal_place(serves.city);
    return exists (
        select
        from unnest(serves.zones) as zone
        where starts_with(zone, place_country || ':')
            and private.normal_place(substr(zone, 4)) = place_city
    );
end;
$$;
grant execute on function private.serves to anon, authenticated, service_role;

-- sql/shipping/private/shipping_price.sql

create function private.shipping_price(method public.shipping_methods, subtotal numeric)
    returns numeric
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case when shipping_price.subtotal >= method.free_from then 0.00 else method.price end;
end;
$$;
grant execute on function private.shipping_price to anon, authenticated, service_role;

-- sql/shipping/private/zones_fault.sql

-- What is wrong with a shipping method's zones; null when nothing is.
create function private.zones_fault(zones text[])
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    bad_zone text;
begin
    if zones is null then
        return '["required", {"reason": "is required; an empty array means everywhere"}]'::jsonb;
    end if;
    if array_ndims(zones) > 1 then
        return '["pattern", "MA:Casablanca", {"reason": "must be one array of countries (MA) and cities (MA:Casablanca)"}]'::jsonb;
    end if;
    if cardinality(zones) > 1000 then
        return '["too_many", 1000]'::jsonb;
    end if;

    select coalesce(zone, 'null')
    into bad_zone
    from unnest(zones) as zone
    where zone is null
        or zone !~ '^[A-Z]{2}(:.{1,100})?$'
        or char_length(zone) > 2 and private.normal_place(substr(zone, 4)) = ''
        or not private.is_plain_text(zone)
    limit 1;
    return case
        when bad_zone is not null then jsonb_build_array('pattern', 'MA:Casablanca', jsonb_build_object(
            'reason', format('holds "%s", which is neither a country (MA) nor a city (MA:Casablanca)', left(bad_zone, 50))
        ))
    end;
end;
$$;
grant execute on function private.zones_fault to authenticated, service_role;

-- sql/shipping/private/validate_shipping_method.sql

create function private.validate_shipping_method()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.name := private.trimmed(new.name);
    new.description := private.trimmed(new.description);

    perform private.raise_invalid(jsonb_build_object(
        'name', private.text_fault(new.name, 100, required => true),
        'description', private.text_fault(new.description, 1000, multiline => true),
        'price', private.amount_fault(new.price, required => true),
        'free_from', private.amount_fault(new.free_from, minimum => private.smallest_amount()),
        'estimated_days_min', private.integer_fault(new.estimated_days_min, 0, 365),
        'estimated_days_max', coalesce(
            private.integer_fault(new.estimated_days_max, 0, 365),
            case
                when new.estimated_days_max < new.estimated_days_min
                    then '["order", "estimated_days_min", {"reason": "must not be below estimated_days_min"}]'::jsonb
            end
        ),
        'zones', private.zones_fault(new.zones),
        'sort_order', private.integer_fault(new.sort_order, -2147483648, 2147483647, required => true),
        'is_active', case when new.is_active is null then '["required"]'::jsonb end
    ));

    -- Two decimals for every reader, also of whole amounts.
    new.price := round(new.price, 2);
    new.free_from := round(new.free_from, 2);
    return new;
end;
$$;

-- sql/shipping/private/keep_used_shipping_method.sql

-- Orders say how they were sent. The foreign key has the last word; this says who uses the method.
create function private.keep_used_shipping_method()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_in_use(jsonb_build_object('orders', (
        select count(*)
        from public.orders
        where orders.shipping_method_id = old.id
    )));
    return old;
end;
$$;

-- sql/shipping/triggers.sql

create trigger set_updated_at
    before update on public.shipping_methods
    for each row execute function private.set_updated_at();

create trigger validate
    before insert or update on public.shipping_methods
    for each row execute function private.validate_shipping_method();

create trigger keep_used
    before delete on public.shipping_methods
    for each row execute function private.keep_used_shipping_method();

call private.audit_writes('public.shipping_methods', 'id');

-- sql/shipping/access.sql

alter table public.shipping_methods enable row level security;

grant select on public.shipping_methods to anon;
grant select, insert, update, delete on public.shipping_methods to authenticated, service_role;

create policy "visitors read active shipping methods" on public.shipping_methods
    for select to anon
    using (is_active);

create policy "customers read active shipping methods, admins all" on public.shipping_methods
    for select to authenticated
    using (is_active or (select private.is_admin()));

create policy "admins add shipping methods" on public.shipping_methods
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change shipping methods" on public.shipping_methods
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete shipping methods" on public.shipping_methods
    for delete to authenticated
    using ((select private.is_admin()));

-- sql/shipping/api/shipping_options.sql

create function public.shipping_options(country text, city text default null, subtotal numeric default 0)
    returns table (
        id uuid,
        name text,
        description text,
        price numeric,
        estimated_days_min integer,
        estimated_days_max integer
    )
    stable
    set search_path = ''
    rows 10
    language plpgsql
    as $$
#variable_conflict use_column
begin
    perform private.raise_invalid(jsonb_build_object(
        'country', private.country_fault(shipping_options.country, required => true),
        'city', private.text_fault(private.trimmed(shipping_options.city), 100),
        'subtotal', private.amount_fault(shipping_options.subtotal, required => true)
    ));

    return query
    select
        methods.id,
        methods.name,
        methods.description,
        private.shipping_price(methods, shipping_options.subtotal),
        methods.estimated_days_min::integer,
        methods.estimated_days_max::integer
    from public.shipping_methods as methods
    where methods.is_active
        and private.serves(methods.zones, shipping_options.country, shipping_options.city)
    order by methods.sort_order, methods.price, methods.name;
end;
$$;
comment on function public.shipping_options is
    'Shipping methods that serve an address: rows {id, name, description, price, estimated_days_min, estimated_days_max}. country: ISO code of two letters; subtotal: before discount, in the store''s currency, decides whether shipping is free. Errors: invalid_input.';
grant execute on function public.shipping_options to anon, authenticated, service_role;
