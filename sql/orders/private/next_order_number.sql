create function private.next_order_number()
    returns text
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select private.setting_text('order.number_prefix')
            || to_char(now() at time zone private.setting_text('store.time_zone'), '-YYMMDD-')
            || case when number > 9999999 then number::text else lpad(number::text, 7, '0') end
        from nextval('private.order_number_seq') as number
    );
end;
$$;
