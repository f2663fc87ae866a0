-- Composed from sql/shipping by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/shipping/shipping_methods.sql

create table public.shipping_methods (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    price numeric(10, 2) not null,
    free_from numeric(10, 2),
    estimated_days_min integer,
    estimated_days_max integer,
    zones text[] not null default '{}',
    sort_order integer not null default 0,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint shipping_methods_name_text check (char_length(name) between 1 and 100 and private.is_plain_text(name)),
    constraint shipping_methods_description_text check (
        char_length(description) <= 1000 and private.is_plain_text(description, multiline => true)
    ),
    constraint shipping_methods_price_not_negative check (price >= 0),
    constraint shipping_methods_free_from_positive check (free_from > 0),
    constraint shipping_methods_days_ordered check (
        estimated_days_min between 0 and 365
        and estimated_days_max between 0 and 365
        and estimated_days_max >= estimated_days_min
    )
);

comment on table public.shipping_methods is 'Ways to send an order. Customers see what serves them through rpc/shipping_options.';
comment on column public.shipping_methods.price is 'In the store''s currency, tax included.';
comment on column public.shipping_methods.free_from is 'Subtotal before discount from which shipping is free; null means never.';
comment on column public.shipping_methods.estimated_days_min is 'Days.';
comment on column public.shipping_methods.estimated_days_max is 'Days.';
comment on column public.shipping_methods.zones is 'ISO country codes or CC:city (MA, MA:Casablanca); empty means everywhere.';

-- sql/shipping/private/normal_place.sql

-- A city as it is compared: case, accents and spaces around it aside ("Fès" is "fes").
create function private.normal_place(name text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return lower(extensions.unaccent('extensions.unaccent'::regdictionary, btrim(normal_place.name)));
end;
$$;
grant execute on function private.normal_place to anon, authenticated, service_role;

-- sql/shipping/private/serves.sql

create function private.serves(zones text[], country text, city text)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return serves.zones = '{}'
        or exists (
            select
            from unnest(serves.zones) as zone
            where upper(split_part(zone, ':', 1)) = upper(btrim(serves.country))
                and (
                    position(':' in zone) = 0
                    or private.normal_place(substr(zone, position(':' in zone) + 1)) = private.normal_place(serves.city)
                )
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

-- sql/shipping/triggers.sql

create trigger set_updated_at
    before update on public.shipping_methods
    for each row execute function private.set_updated_at();

create function private.validate_shipping_method()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'name', private.text_fault(new.name, 100, required => true),
        'description', private.text_fault(new.description, 1000, multiline => true),
        'price', case when new.price is null then 'is required' when new.price < 0 then 'must not be negative' end,
        'free_from', case when new.free_from <= 0 then 'must be above 0, or null for never' end,
        'estimated_days_min', case when new.estimated_days_min not between 0 and 365 then 'must be 0 to 365 days' end,
        'estimated_days_max', case
            when new.estimated_days_max not between 0 and 365 then 'must be 0 to 365 days'
            when new.estimated_days_max < new.estimated_days_min then 'must not be below estimated_days_min'
        end,
        'zones', case
            when new.zones is null then 'is required; an empty array means everywhere'
            when exists (
                select
                from unnest(new.zones) as zone
                where zone is null
                    or zone !~ '^[A-Z]{2}(:\S.{0,99})?$'
                    or not private.is_plain_text(zone)
            ) then 'holds ISO country codes (MA) or a country and a city (MA:Casablanca)'
        end
    )));
    return new;
end;
$$;

create trigger validate
    before insert or update on public.shipping_methods
    for each row execute function private.validate_shipping_method();

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
    language plpgsql
    as $$
#variable_conflict use_column
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'country', case
            when shipping_options.country is null then 'is required'
            when shipping_options.country !~ '^\s*[A-Za-z]{2}\s*$' then 'is not an ISO country code of two letters'
        end,
        'city', private.text_fault(shipping_options.city, 100),
        'subtotal', case
            when shipping_options.subtotal is null then 'is required'
            when not shipping_options.subtotal between 0 and 99999999.99 then 'is out of range'
        end
    )));

    return query
    select
        methods.id,
        methods.name,
        methods.description,
        private.shipping_price(methods, shipping_options.subtotal),
        methods.estimated_days_min,
        methods.estimated_days_max
    from public.shipping_methods as methods
    where methods.is_active
        and private.serves(methods.zones, shipping_options.country, shipping_options.city)
    order by methods.sort_order, methods.price, methods.name;
end;
$$;
comment on function public.shipping_options is
    'Shipping methods that serve an address: rows {id, name, description, price, estimated_days_min, estimated_days_max}. country: ISO code of two letters; subtotal: before discount, in the store''s currency, decides whether shipping is free. Errors: invalid_input.';
grant execute on function public.shipping_options to anon, authenticated, service_role;
