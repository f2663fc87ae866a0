-- Trigger: whoever writes products, categories or pictures takes turns, before the first row is locked. Their rules look
-- at rows beside the one that is written (a variant at its product, a product at its variants, a place in the tree at
-- all above it, a picture at its siblings), so locks on rows would be taken in every order, and two admins would block
-- each other. A visitor's write, which a policy is about to refuse, holds nobody up.
create function private.lock_catalogue()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.is_service() or private.is_admin() then
        perform pg_advisory_xact_lock(hashtextextended('catalogue', 0));
    end if;
    return null;
end;
$$;
