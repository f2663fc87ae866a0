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
