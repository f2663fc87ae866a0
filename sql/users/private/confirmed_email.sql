-- The e-mail an account has proved to be its own, in lower case; null when it has not.
create function private.confirmed_email(user_id uuid)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select lower(users.email)
        from auth.users
        where users.id = confirmed_email.user_id and users.email_confirmed_at is not null
    );
end;
$$;
