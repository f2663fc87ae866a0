-- The id of the order with this number, as people write it: in any case, with digits of any script, blanks for dashes or none,
-- and a # before it. Null when there is none.
create function private.order_of_number(order_number text)
    returns uuid
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    written constant text := left(order_of_number.order_number, 200);
    code text;
    found_id uuid;
begin
    select orders.id
    into found_id
    from public.orders
    where orders.order_number = written;
    if found then
        return found_id;
    end if;

    code := upper(regexp_replace(private.ascii_digits(private.without_invisible(written)), '[^A-Za-z0-9]', '', 'g'));
    -- The prefix may end with digits, so where the date begins is told from the end: the running number has 7 digits or more.
    select orders.id
    into found_id
    from generate_series(7, 12) as digits
    inner join public.orders on orders.order_number = concat_ws(
        '-',
        left(code, - digits - 6),
        substr(code, char_length(code) - digits - 5, 6),
        right(code, digits)
    )
    where char_length(code) > digits + 6
    limit 1;
    return found_id;
end;
$$;
