-- A profile for each account. Auth's own transaction runs this, so whatever goes wrong here must not fail a sign-up:
-- rpc/me makes the profile later.
create function private.create_profile()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    given_name text := btrim(coalesce(new.raw_user_meta_data ->> 'name', new.raw_user_meta_data ->> 'full_name'));
begin
    insert into public.user_profiles (id, name)
    values (
        new.id,
        case when private.text_fault(given_name, 255) is null then nullif(given_name, '') end
    )
    on conflict (id) do nothing;
    return null;
exception
    when others then
        raise warning 'No profile for the new user % yet: % (%)', new.id, sqlerrm, sqlstate;
        return null;
end;
$$;

create trigger create_profile
    after insert on auth.users
    for each row execute function private.create_profile();

create function private.validate_profile()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.name := nullif(btrim(new.name), '');
    new.phone := nullif(btrim(new.phone), '');
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'name', private.text_fault(new.name, 255),
        'phone', private.phone_fault(new.phone),
        'role', case when new.role is null or new.role not in ('customer', 'admin') then 'must be customer or admin' end
    )));
    return new;
end;
$$;

create trigger validate
    before insert or update on public.user_profiles
    for each row execute function private.validate_profile();

create trigger set_updated_at
    before update on public.user_profiles
    for each row execute function private.set_updated_at();

-- After the change, and one at a time: of two admins who demote each other at once, the second sees what the first did.
create function private.keep_last_admin()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('last_admin', 0));
    if not exists (
        select
        from public.user_profiles
        where user_profiles.role = 'admin'
    ) then
        perform private.raise_error('last_admin', hint => 'Make another user an admin first.');
    end if;
    return null;
end;
$$;

create trigger keep_last_admin_on_update
    after update of role on public.user_profiles
    for each row
    when (old.role = 'admin' and new.role <> 'admin')
    execute function private.keep_last_admin();

create trigger keep_last_admin_on_delete
    after delete on public.user_profiles
    for each row
    when (old.role = 'admin')
    execute function private.keep_last_admin();

create function private.log_role_change()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.log_security_event('role_changed', 'warning', jsonb_build_object(
        'user_id', coalesce(new.id, old.id),
        'from', old.role,
        'to', new.role,
        'by', private.caller_role()
    ));
    return null;
end;
$$;

create trigger log_role_given
    after insert on public.user_profiles
    for each row
    when (new.role <> 'customer')
    execute function private.log_role_change();

create trigger log_role_change
    after update of role on public.user_profiles
    for each row
    when (old.role is distinct from new.role)
    execute function private.log_role_change();

create trigger log_role_lost
    after delete on public.user_profiles
    for each row
    when (old.role <> 'customer')
    execute function private.log_role_change();

create function private.validate_address()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.label := nullif(btrim(new.label), '');
    new.full_name := btrim(new.full_name);
    new.phone := nullif(btrim(new.phone), '');
    new.line1 := btrim(new.line1);
    new.line2 := nullif(btrim(new.line2), '');
    new.city := btrim(new.city);
    new.region := nullif(btrim(new.region), '');
    new.postal_code := nullif(btrim(new.postal_code), '');
    new.country := upper(new.country);

    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'user_id', case when new.user_id is null then 'is required' end,
        'label', private.text_fault(new.label, 50),
        'full_name', private.text_fault(new.full_name, 200, required => true),
        'phone', private.phone_fault(new.phone),
        'line1', private.text_fault(new.line1, 200, required => true),
        'line2', private.text_fault(new.line2, 200),
        'city', private.text_fault(new.city, 100, required => true),
        'region', private.text_fault(new.region, 100),
        'postal_code', private.text_fault(new.postal_code, 20),
        'country', case
            when new.country is null then 'is required'
            when new.country !~ '^[A-Z]{2}$' then 'is not an ISO country code of two letters'
        end,
        'is_default_shipping', case when new.is_default_shipping is null then 'is required' end,
        'is_default_billing', case when new.is_default_billing is null then 'is required' end
    )));
    return new;
end;
$$;

create trigger validate
    before insert or update on public.user_addresses
    for each row execute function private.validate_address();

create trigger set_updated_at
    before update on public.user_addresses
    for each row execute function private.set_updated_at();

-- One request at a time on one customer's addresses, before any row is locked: two new defaults at once would meet in
-- the unique index or lock each other out.
create function private.lock_addresses()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.caller_id() is not null then
        perform pg_advisory_xact_lock(hashtextextended('addresses:' || private.caller_id(), 0));
    end if;
    return null;
end;
$$;

create trigger lock_addresses
    before insert or update on public.user_addresses
    for each statement execute function private.lock_addresses();

create function private.clear_old_default()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.user_addresses
    set
        is_default_shipping = user_addresses.is_default_shipping and not new.is_default_shipping,
        is_default_billing = user_addresses.is_default_billing and not new.is_default_billing
    where user_addresses.user_id = new.user_id
        and user_addresses.id <> new.id
        and (
            user_addresses.is_default_shipping and new.is_default_shipping
            or user_addresses.is_default_billing and new.is_default_billing
        );
    return new;
end;
$$;

-- Named to come after `validate`, which refuses the nulls.
create trigger validated_clear_old_default
    before insert or update on public.user_addresses
    for each row
    when (new.is_default_shipping or new.is_default_billing)
    execute function private.clear_old_default();
