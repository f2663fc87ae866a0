-- The address as it is kept: its own keys only, trimmed, empty ones left out, with a country. Null stays null.
create function private.clean_address(address jsonb)
    returns jsonb
    stable
    strict
    set search_path = ''
    language plpgsql
    as $$
declare
    is_simple constant boolean := private.is_simple_text(clean_address.address::text);
    cleaned jsonb;
begin
    select jsonb_object_agg(
        part.key,
        case part.key
            when 'country' then upper(private.trimmed(part.value))
            when 'phone' then private.clean_phone(part.value)
            else case when is_simple then btrim(part.value) else private.trimmed(part.value) end
        end
    )
    into cleaned
    from jsonb_each_text(clean_address.address) as part
    where part.key in ('label', 'full_name', 'phone', 'line1', 'line2', 'city', 'region', 'postal_code', 'country')
        and case when is_simple then btrim(part.value) <> '' else not private.is_blank(part.value) end;

    if cleaned is null or cleaned ? 'country' then
        return cleaned;
    end if;
    return cleaned || jsonb_build_object('country', private.setting_text('store.country'));
end;
$$;
grant execute on function private.clean_address to authenticated, service_role;
