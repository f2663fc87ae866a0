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
