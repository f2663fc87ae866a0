-- Trigger of statements on products: notes new prices.
create function private.write_price_history()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if tg_op = 'INSERT' then
        insert into public.price_history (product_id, price, compare_at_price, changed_by)
        select after_rows.id, after_rows.price, after_rows.compare_at_price, private.caller_id()
        from after_rows;
        return null;
    end if;

    insert into public.price_history (product_id, price, compare_at_price, changed_by)
    select after_rows.id, after_rows.price, after_rows.compare_at_price, private.caller_id()
    from after_rows
    inner join before_rows on before_rows.id = after_rows.id
    where (after_rows.price, after_rows.compare_at_price) is distinct from (before_rows.price, before_rows.compare_at_price);
    return null;
end;
$$;
