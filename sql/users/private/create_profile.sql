-- A profile for each account. Auth's own transaction runs this, so whatever goes wrong here must not fail a sign-up:
-- rpc/me makes the profile later.
create function private.create_profile()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    given_name constant text := private.trimmed(
        coalesce(new.raw_user_meta_data ->> 'name', new.raw_user_meta_data ->> 'full_name')
    );
begin
    insert into public.user_profiles (id, name)
    values (
        new.id,
        case when private.text_fault(given_name, 255) is null then given_name end
    )
    on conflict (id) do nothing;
    return null;
exception
    when others then
        raise warning 'No profile for the new user % yet: % (%)', new.id, sqlerrm, sqlstate;
        return null;
end;
$$;
