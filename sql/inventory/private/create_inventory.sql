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
