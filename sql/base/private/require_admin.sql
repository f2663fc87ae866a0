-- Lets an admin and the service pass; raises for everybody else.
create function private.require_admin()
    returns void
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    refusal text;
begin
    if private.is_service() or private.caller_role() = 'primostore_admin' then
        return;
    end if;

    refusal := private.admin_refusal();
    if refusal is not null then
        perform private.raise_error(refusal);
    end if;
end;
$$;
grant execute on function private.require_admin to anon, authenticated, service_role;
