-- Before every request through the Data API, as the request's role. The work needs more rights and is done by
-- private.guard_request(). This one has its caller's rights only, because the role of a request can't be changed inside a
-- function that has its owner's: an admin's becomes that of admins here.
create function private.pre_request()
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.guard_request() then
        perform set_config('role', 'primostore_admin', true);
    end if;
end;
$$;
grant execute on function private.pre_request to anon, authenticated, service_role;

alter role authenticator set pgrst.db_pre_request = 'private.pre_request';
notify pgrst, 'reload config';
