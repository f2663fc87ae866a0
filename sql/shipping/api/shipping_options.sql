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
