-- Such as PS-260131-0004217: the date is the store's.
create function private.next_order_number(prefix text, time_zone text)
    returns text
    volatile
    set search_path = ''
    language plpgsql
    as $$
declare
    number constant text := nextval('private.order_number_seq')::text;
begin
    return prefix
        || to_char(now() at time zone next_order_number.time_zone, '-YYMMDD-')
        || lpad(number, greatest(char_length(number), 7), '0');
end;
$$;
