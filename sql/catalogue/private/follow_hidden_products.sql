-- Keeps private.hidden_products as products change; as categories do, private.follow_hidden_categories keeps it.
create function private.follow_hidden_products()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    changed_ids uuid[];
begin
    if tg_op = 'INSERT' then
        changed_ids := array(select new_rows.id from new_rows);
    else
        changed_ids := array(
            select new_rows.id
            from new_rows
            inner join old_rows on old_rows.id = new_rows.id
            where (new_rows.parent_id, new_rows.is_active, new_rows.deleted_at, new_rows.category_id)
                is distinct from (old_rows.parent_id, old_rows.is_active, old_rows.deleted_at, old_rows.category_id)
        );
    end if;

    if changed_ids <> '{}' then
        perform private.refresh_hidden_products(changed_ids);
    end if;
    return null;
end;
$$;
