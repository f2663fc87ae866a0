-- What a statement reads, for the tests of this folder. Counted by PostgreSQL itself, inside of functions, policies and
-- foreign keys too; no time is measured.
\set QUIET on
set client_min_messages to warning;

-- Rows of tables and entries of indexes that this session has read, by table, of tables with 2,000 rows or more.
create or replace function tests.rows_read()
    returns jsonb
    volatile
    language sql
    as $$
    select jsonb_object_agg(
        pg_class.relname,
        pg_stat_get_xact_tuples_returned(pg_class.oid) + coalesce((
            select sum(pg_stat_get_xact_tuples_returned(pg_index.indexrelid))
            from pg_index
            where pg_index.indrelid = pg_class.oid
        ), 0)
    )
    from pg_class
    where pg_class.relkind = 'r'
        and pg_class.relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'auth'::regnamespace)
        and pg_class.reltuples >= 2000;
$$;

-- A request of this actor, as the Data API lets it arrive. actor: anon, service_role, or a user's e-mail.
create or replace function tests.arrive_as(actor text)
    returns void
    volatile
    language plpgsql
    as $$
begin
    case arrive_as.actor
        when 'anon' then perform tests.authenticate_as_anon();
        when 'service_role' then perform tests.authenticate_as_service();
        else perform tests.authenticate_as((
            select users.id from auth.users where users.email = arrive_as.actor
        ));
    end case;
    perform tests.arrive('GET', '/');
end;
$$;

-- What a prepared statement reads for `actor` after it has been planned for `planner`: null when it is at most `most` rows or
-- index entries of any table. Servers keep the statements of their connections, and one connection serves everybody.
create or replace function tests.prepared_fault(planner text, actor text, statement text, most integer default 200)
    returns text
    volatile
    language plpgsql
    as $$
declare
    before jsonb;
    fault text;
begin
    for run in 1..7 loop
        perform tests.arrive_as(prepared_fault.planner);
        execute 'execute ' || prepared_fault.statement;
        perform tests.clear_authentication();
    end loop;

    perform tests.arrive_as(prepared_fault.actor);
    before := tests.rows_read();
    execute 'execute ' || prepared_fault.statement;
    perform tests.clear_authentication();
    select string_agg(
        format('reads %s of %s', present.value::bigint - (before ->> present.key)::bigint, present.key), ', '
        order by present.key
    )
    into fault
    from jsonb_each_text(tests.rows_read()) as present
    where present.value::bigint - (before ->> present.key)::bigint > prepared_fault.most;
    return fault;
end;
$$;

-- What is wrong with how a statement is answered; null when nothing is. Its plan must scan no large table from end to end,
-- and use the index when one is named; running it must not read more than `most` rows or index entries of a table.
-- actor: anon, service_role, or a user's e-mail.
create or replace function tests.reading_fault(actor text, sql text, index_name text default null, most integer default 200)
    returns text
    volatile
    language plpgsql
    as $$
declare
    plan json;
    node jsonb;
    indexes text[];
    before jsonb;
    fault text;
begin
    perform tests.arrive_as(reading_fault.actor);
    execute 'explain (format json) ' || reading_fault.sql into plan;
    for node in
        select jsonb_path_query(plan::jsonb, 'strict $.** ? (exists (@."Node Type"))')
    loop
        if node ->> 'Node Type' = 'Seq Scan' and tests.rows_read() ? (node ->> 'Relation Name') then
            fault := concat_ws('; ', fault, 'scans all of ' || (node ->> 'Relation Name'));
        end if;
        indexes := indexes || (node ->> 'Index Name');
    end loop;
    if not indexes @> array[reading_fault.index_name] then
        fault := concat_ws('; ', fault, 'uses ' || array_to_string(indexes, ', ') || ' instead of ' || reading_fault.index_name);
    end if;

    before := tests.rows_read();
    execute reading_fault.sql;
    select concat_ws('; ', nullif(fault, ''), string_agg(
        format('reads %s of %s', present.value::bigint - (before ->> present.key)::bigint, present.key), ', '
        order by present.key
    ))
    into fault
    from jsonb_each_text(tests.rows_read()) as present
    where present.value::bigint - (before ->> present.key)::bigint > reading_fault.most;
    perform tests.clear_authentication();
    return nullif(fault, '');
end;
$$;

grant execute on all functions in schema tests to anon, authenticated, service_role;

begin;
select plan(3);
select is(
    tests.reading_fault('service_role', 'select * from public.products order by tax_rate limit 1'),
    'scans all of products; reads 100000 of products',
    'a query without an index is found out'
);
select is(
    tests.reading_fault('service_role', 'select * from public.products order by created_at desc, id offset 5000 limit 1'),
    'reads 5001 of products',
    'and one that reads much of an index'
);
select alike(
    tests.reading_fault('service_role', $$select * from public.products where slug = 'article-77'$$, 'products_price_idx'),
    'uses products_slug_unique instead of products_price_idx',
    'and one that uses another index'
);
select * from finish();
rollback;
