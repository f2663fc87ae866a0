-- Keeps private.hidden_category_list, and what it hides in private.hidden_products. Under the lock of its row, or of two changes
-- at once the last one to end would not know of the other.
create function private.follow_hidden_categories()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    before_ids uuid[];
    now_ids uuid[];
begin
    select hidden_category_list.ids
    into before_ids
    from private.hidden_category_list
    for update;
    now_ids := array(select hidden.id from private.hidden_categories as hidden order by hidden.id);
    if now_ids = before_ids then
        return null;
    end if;

    update private.hidden_category_list
    set ids = now_ids
    where hidden_category_list.is_only_row;
    perform private.refresh_hidden_products(array(
        select products.id
        from public.products
        where products.category_id = any(before_ids || now_ids)
            and (products.category_id = any(before_ids)) <> (products.category_id = any(now_ids))
    ));
    return null;
end;
$$;
