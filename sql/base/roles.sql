-- The role that admins' requests run as, once private.pre_request has found them to be admins. It is `authenticated`, and reads
-- every row besides. Plans are kept per role, so what the planner chose for who reads all orders is never run for who reads
-- three; and no policy asks for each row whether it is an admin that reads. A session that does not come through the Data API
-- stays `authenticated`: there an admin reads what customers read.
-- Roles belong to the whole cluster, which may have it from another database.
do $$
begin
    if to_regrole('primostore_admin') is null then
        create role primostore_admin with nologin inherit;
    end if;
end
$$;
grant authenticated to primostore_admin;
grant primostore_admin to authenticator;
