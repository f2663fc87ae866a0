create trigger set_updated_at
    before update on public.shipping_methods
    for each row execute function private.set_updated_at();

create trigger validate
    before insert or update on public.shipping_methods
    for each row execute function private.validate_shipping_method();

create trigger keep_used
    before delete on public.shipping_methods
    for each row execute function private.keep_used_shipping_method();

call private.audit_writes('public.shipping_methods', 'id');
