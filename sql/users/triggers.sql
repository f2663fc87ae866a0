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
