-- The value for an admin, null for everybody else: the bounds of a range that is all or nothing. A policy that says
-- `user_id = (select auth.uid()) or (select private.is_admin())` reads the whole table for every customer, because no index
-- answers its second half. As a range of ids,
--     or id between (select private.if_admin(lowest)) and (select private.if_admin(highest))
-- both halves are index scans, the second one empty for a customer.
create function private.if_admin(value anyelement)
    returns anyelement
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case when private.is_admin() then value end;
end;
$$;
grant execute on function private.if_admin to authenticated, service_role;
