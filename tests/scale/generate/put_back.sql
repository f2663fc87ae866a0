do $$
declare
    statement text;
begin
    for statement in
        select taken_off.restore_statement from taken_off order by taken_off.position
    loop
        execute statement;
    end loop;
    for statement in
        select format('alter table %s enable trigger user', filled.name) from filled
    loop
        execute statement;
    end loop;
end;
$$;
