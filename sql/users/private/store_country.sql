-- The country of addresses that don't name one.
create function private.store_country()
    returns text
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.setting_text('store.country');
end;
$$;
grant execute on function private.store_country to authenticated, service_role;
