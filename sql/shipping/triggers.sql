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
