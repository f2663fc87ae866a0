-- Composed from sql/users by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/users/user_profiles.sql

create table public.user_profiles (
    id uuid primary key references auth.users on delete cascade,
    name text,
    phone text,
    role text not null default 'customer',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index user_profiles_role_idx on public.user_profiles (role) where role = 'admin';
create index user_profiles_created_at_idx on public.user_profiles (created_at);

comment on table public.user_profiles is
    'One row for each account, made with it. People change their own name and phone; roles change through rpc/admin_set_user_role.';
comment on column public.user_profiles.id is 'The account''s id in Supabase Auth.';
comment on column public.user_profiles.role is 'customer | admin. There is always an admin once there was one.';

-- sql/users/private/store_country.sql

-- The country of addresses that don't name one.
create function private.store_country()
    returns text
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.setting_text('store.country');
end;
$$;
grant execute on function private.store_country to authenticated, service_role;

-- sql/users/user_addresses.sql

create table public.user_addresses (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid() references auth.users on delete cascade,
    label text,
    full_name text not null,
    phone text,
    line1 text not null,
    line2 text,
    city text not null,
    region text,
    postal_code text,
    country text not null default private.store_country(),
    is_default_shipping boolean not null default false,
    is_default_billing boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index user_addresses_user_id_idx on public.user_addresses (user_id, created_at);
create unique index user_addresses_default_shipping_key on public.user_addresses (user_id) where is_default_shipping;
create unique index user_addresses_default_billing_key on public.user_addresses (user_id) where is_default_billing;

comment on table public.user_addresses is
    'Addresses that customers keep. A row may be sent to rpc/place_order as it is; orders keep their own copy.';
comment on column public.user_addresses.user_id is 'The caller, when left out.';
comment on column public.user_addresses.label is 'The customer''s own name for it, such as "Home".';
comment on column public.user_addresses.country is 'ISO code of two letters; the store''s, when left out.';
comment on column public.user_addresses.is_default_shipping is 'At most one of a customer''s addresses; a new default takes it from the old one.';
comment on column public.user_addresses.is_default_billing is 'At most one of a customer''s addresses; a new default takes it from the old one.';

-- sql/users/private/confirmed_email.sql

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

-- sql/users/private/me.sql

create function private.me()
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller constant uuid := private.require_user();
begin
    -- The profile is made with the account, by a trigger that gives up rather than fail a sign-up.
    if not current_setting('transaction_read_only')::boolean then
        insert into public.user_profiles (id)
        select caller
        where not exists (
            select
            from public.user_profiles
            where user_profiles.id = caller
        )
        on conflict (id) do nothing;
    end if;

    return (
        select jsonb_build_object(
            'id', users.id,
            'email', users.email,
            'role', coalesce(user_profiles.role, 'customer'),
            'name', user_profiles.name,
            'phone', user_profiles.phone,
            'aal', coalesce(auth.jwt() ->> 'aal', 'aal1')
        )
        from auth.users
        left join public.user_profiles on user_profiles.id = users.id
        where users.id = caller
    );
end;
$$;
grant execute on function private.me to anon, authenticated, service_role;

-- sql/users/private/role_fault.sql

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

-- sql/users/private/admin_set_user_role.sql

create function private.admin_set_user_role(user_id uuid, role text)
    returns public.user_profiles
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    changed public.user_profiles;
begin
    perform private.require_admin();
    perform private.raise_invalid(jsonb_build_object(
        'user_id', case when admin_set_user_role.user_id is null then '["required"]'::jsonb end,
        'role', private.role_fault(admin_set_user_role.role)
    ));

    insert into public.user_profiles (id, role)
    select users.id, admin_set_user_role.role
    from auth.users
    where users.id = admin_set_user_role.user_id
    on conflict (id) do update set role = excluded.role
    returning user_profiles.* into changed;

    if changed.id is null then
        perform private.raise_error('not_found', 'There is no such user.');
    end if;
    return changed;
end;
$$;
grant execute on function private.admin_set_user_role to anon, authenticated, service_role;

-- sql/users/private/create_profile.sql

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

-- sql/users/private/validate_profile.sql

create function private.validate_profile()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.name := private.trimmed(new.name);
    new.phone := private.clean_phone(new.phone);
    perform private.raise_invalid(jsonb_build_object(
        'name', private.text_fault(new.name, 255),
        'phone', private.phone_fault(new.phone),
        'role', private.role_fault(new.role)
    ));
    return new;
end;
$$;

-- sql/users/private/keep_last_admin.sql

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

-- sql/users/private/log_role_change.sql

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

-- sql/users/private/validate_address.sql

create function private.validate_address()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.label := private.trimmed(new.label);
    new.full_name := private.trimmed(new.full_name);
    new.phone := private.clean_phone(new.phone);
    new.line1 := private.trimmed(new.line1);
    new.line2 := private.trimmed(new.line2);
    new.city := private.trimmed(new.city);
    new.region := private.trimmed(new.region);
    new.postal_code := private.trimmed(new.postal_code);
    new.country := upper(private.trimmed(new.country));

    perform private.raise_invalid(jsonb_build_object(
        'user_id', case when new.user_id is null then '["required"]'::jsonb end,
        'label', private.text_fault(new.label, 50),
        'full_name', private.text_fault(new.full_name, 200, required => true),
        'phone', private.phone_fault(new.phone),
        'line1', private.text_fault(new.line1, 200, required => true),
        'line2', private.text_fault(new.line2, 200),
        'city', private.text_fault(new.city, 100, required => true),
        'region', private.text_fault(new.region, 100),
        'postal_code', private.text_fault(new.postal_code, 20),
        'country', private.country_fault(new.country, required => true),
        'is_default_shipping', case when new.is_default_shipping is null then '["required"]'::jsonb end,
        'is_default_billing', case when new.is_default_billing is null then '["required"]'::jsonb end
    ));
    return new;
end;
$$;

-- sql/users/private/lock_addresses.sql

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

-- sql/users/private/clear_old_default.sql

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

-- sql/users/triggers.sql

create trigger create_profile
    after insert on auth.users
    for each row execute function private.create_profile();

create trigger validate
    before insert or update on public.user_profiles
    for each row execute function private.validate_profile();

create trigger set_updated_at
    before update on public.user_profiles
    for each row execute function private.set_updated_at();

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

-- Named to come before `validate`.
create trigger require_account
    before insert or update of user_id on public.user_addresses
    for each row execute function private.require_account();

create trigger validate
    before insert or update on public.user_addresses
    for each row execute function private.validate_address();

create trigger set_updated_at
    before update on public.user_addresses
    for each row execute function private.set_updated_at();

create trigger lock_addresses
    before insert or update on public.user_addresses
    for each statement execute function private.lock_addresses();

-- Named to come after `validate`, which refuses the nulls.
create trigger validated_clear_old_default
    before insert or update on public.user_addresses
    for each row
    when (new.is_default_shipping or new.is_default_billing)
    execute function private.clear_old_default();

call private.audit_writes('public.user_profiles', 'id');
call private.audit_writes('public.user_addresses', 'id');

-- sql/users/access.sql

alter table public.user_profiles enable row level security;
alter table public.user_addresses enable row level security;

-- Nobody with a token changes a role by writing here, their own least of all; workers may.
grant select, update (name, phone) on public.user_profiles to authenticated;
grant select, insert (id, name, phone, role), update (name, phone, role) on public.user_profiles to service_role;

create policy "people read their profile" on public.user_profiles
    for select to authenticated
    using (id = (select auth.uid()));

create policy "people change their profile, admins all" on public.user_profiles
    for update to authenticated
    using (id = (select auth.uid()) or (select private.is_admin()))
    with check (id = (select auth.uid()) or (select private.is_admin()));

-- `id` and `user_id` are there for upserts, which set every column they are given.
grant select, delete on public.user_addresses to authenticated, service_role;
grant insert (
    id, user_id, label, full_name, phone, line1, line2, city, region, postal_code, country,
    is_default_shipping, is_default_billing
) on public.user_addresses to authenticated, service_role;
grant update (
    id, user_id, label, full_name, phone, line1, line2, city, region, postal_code, country,
    is_default_shipping, is_default_billing
) on public.user_addresses to authenticated, service_role;

create policy "customers read their addresses" on public.user_addresses
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "customers add addresses of their own, admins any" on public.user_addresses
    for insert to authenticated
    with check (user_id = (select auth.uid()) or (select private.is_admin()));

create policy "customers change their addresses, admins all" on public.user_addresses
    for update to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()))
    with check (user_id = (select auth.uid()) or (select private.is_admin()));

create policy "customers delete their addresses, admins all" on public.user_addresses
    for delete to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));

create policy "admins read all profiles" on public.user_profiles
    for select to primostore_admin
    using (true);

create policy "admins read all addresses" on public.user_addresses
    for select to primostore_admin
    using (true);

-- sql/users/api/me.sql

create function public.me()
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.me();
end;
$$;
comment on function public.me is
    'The caller: {id, email, role, name, phone, aal}. role: customer | admin; aal: aal2 after a second factor. Errors: unauthenticated.';
grant execute on function public.me to anon, authenticated, service_role;

-- sql/users/api/require_admin.sql

create function public.require_admin()
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.require_admin();
end;
$$;
comment on function public.require_admin is
    'Answers nothing where the caller has an admin''s rights now, second factor and allowed address included. Errors: unauthenticated, forbidden, mfa_required.';
grant execute on function public.require_admin to anon, authenticated, service_role;

-- sql/users/api/admin_set_user_role.sql

create function public.admin_set_user_role(user_id uuid, role text)
    returns public.user_profiles
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.admin_set_user_role(user_id, role);
end;
$$;
comment on function public.admin_set_user_role is
    'Makes a user a customer or an admin and returns its profile. Admins only. Errors: unauthenticated, forbidden, mfa_required, invalid_input, not_found, last_admin.';
grant execute on function public.admin_set_user_role to anon, authenticated, service_role;
