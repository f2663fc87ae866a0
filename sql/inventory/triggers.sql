create trigger set_updated_at
    before update on public.inventory
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.stock_reservations
    for each row execute function private.set_updated_at();

create function private.create_inventory()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into public.inventory (product_id)
    select created.id
    from created;
    return null;
end;
$$;

create trigger create_inventory
    after insert on public.products
    referencing new table as created
    for each statement execute function private.create_inventory();

create function private.refuse_change()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    raise exception '%.% is append-only', tg_table_schema, tg_table_name
        using errcode = '42501', hint = 'Add a row that corrects it instead.';
end;
$$;

create trigger append_only
    before update or delete or truncate on public.stock_movements
    for each statement execute function private.refuse_change();
