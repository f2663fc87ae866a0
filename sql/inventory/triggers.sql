create trigger set_updated_at
    before update on public.inventory
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.stock_reservations
    for each row execute function private.set_updated_at();

create trigger create_inventory
    after insert on public.products
    referencing new table as created
    for each statement execute function private.create_inventory();

create trigger append_only
    before update or delete or truncate on public.stock_movements
    for each statement execute function private.refuse_change();

-- Row by row, because statement triggers would gather the rows that every checkout writes.
create trigger audit
    after update of low_stock_threshold on public.inventory
    for each row
    when (old.low_stock_threshold is distinct from new.low_stock_threshold)
    execute function private.audit_row('product_id');

create trigger audit
    after insert on public.stock_movements
    for each row
    when (new.kind in ('receive', 'adjust'))
    execute function private.audit_row('id');
