create function private.role_fault(role text)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when role is null then '["required"]'::jsonb
        when role not in ('customer', 'admin') then '["one_of", "customer", "admin"]'
    end;
end;
$$;
grant execute on function private.role_fault to authenticated, service_role;
