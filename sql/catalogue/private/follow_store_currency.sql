-- The store has one currency, and its prices are in it. Whether they fit is private.currency_change_fault's to say.
create function private.follow_store_currency()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.products
    set currency = new.value #>> '{}'
    where products.currency <> new.value #>> '{}';
    return null;
end;
$$;
