-- The part of the settings that everybody may read, for people who can't read the table. Of the ways to pay only those that
-- are set up.
create function private.public_settings()
    returns table (key text, value jsonb)
    stable
    security definer
    set search_path = ''
    rows 10
    language plpgsql
    as $$
begin
    return query
    select
        system_settings.key,
        case
            when system_settings.key = 'checkout.payment_methods' then (
                select coalesce(jsonb_agg(offered.method order by offered.place), '[]'::jsonb)
                from jsonb_array_elements_text(system_settings.value) with ordinality as offered (method, place)
                where private.payment_method_ready(offered.method)
            )
            else system_settings.value
        end
    from public.system_settings
    inner join private.setting_definitions on setting_definitions.key = system_settings.key
    where setting_definitions.is_public
    order by system_settings.key;
end;
$$;
grant execute on function private.public_settings to anon, authenticated, service_role;
