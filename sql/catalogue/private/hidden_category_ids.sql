-- Categories that visitors don't see, for functions that look at them in a statement of their own.
create function private.hidden_category_ids()
    returns uuid[]
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return (select hidden_category_list.ids from private.hidden_category_list);
end;
$$;
grant execute on function private.hidden_category_ids to anon, authenticated, service_role;
