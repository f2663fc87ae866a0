-- Fails with in_use where something is in use: {what: how many}; what is used by none may be null or 0.
create function private.raise_in_use(details jsonb)
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    users constant jsonb := (
        select jsonb_object_agg(use.key, use.value)
        from jsonb_each(raise_in_use.details) as use
        where use.value not in ('null', '0')
    );
begin
    if users is not null then
        perform private.raise_error('in_use', details => users);
    end if;
end;
$$;
grant execute on function private.raise_in_use to authenticated, service_role;
