-- Logs can be added to and, once they are older than their retention, deleted. By nobody otherwise, their owner included.
create function private.keep_until_retention()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if old.created_at >= now() - make_interval(days => private.setting_int(tg_argv[0])) then
        raise exception '%.% is append-only', tg_table_schema, tg_table_name
            using errcode = '42501', hint = format('Rows can be deleted when they are older than the setting %s.', tg_argv[0]);
    end if;
    return old;
end;
$$;

create trigger append_only
    before update or truncate on public.audit_logs
    for each statement execute function private.refuse_change();

create trigger keep_until_retention
    before delete on public.audit_logs
    for each row execute function private.keep_until_retention('retention.audit_logs_days');

create trigger append_only
    before update or truncate on public.security_logs
    for each statement execute function private.refuse_change();

create trigger keep_until_retention
    before delete on public.security_logs
    for each row execute function private.keep_until_retention('retention.security_logs_days');

-- Every table that admins write.
create trigger audit
    after insert or update or delete on public.products
    for each row execute function private.audit('id', 'search');

create trigger audit
    after insert or update or delete on public.categories
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.category_attributes
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.product_images
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.product_costs
    for each row execute function private.audit('product_id');

create trigger audit
    after update of low_stock_threshold on public.inventory
    for each row execute function private.audit('product_id');

create trigger audit
    after insert on public.stock_movements
    for each row
    when (new.kind in ('receive', 'adjust'))
    execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.coupons
    for each row execute function private.audit('id', 'usage_count');

create trigger audit
    after insert or update or delete on public.shipping_methods
    for each row execute function private.audit('id');

create trigger audit
    after update or delete on public.orders
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.order_notes
    for each row execute function private.audit('id');

create trigger audit
    after update of value on public.system_settings
    for each row execute function private.audit('key', 'updated_by');

create trigger audit
    after insert or update or delete on public.user_profiles
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.user_addresses
    for each row execute function private.audit('id');

create trigger audit
    after insert or update on public.payments
    for each row execute function private.audit('id');

create trigger audit
    after insert or update on public.refunds
    for each row execute function private.audit('id');
