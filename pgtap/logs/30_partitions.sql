-- Logs are kept by month.
begin;
select plan(19);

create temporary table partitions as
select pg_class.oid, pg_class.relname::text as name, pg_class.relnamespace::regnamespace::text as schema, parent.relname::text as log
from pg_inherits
inner join pg_class on pg_class.oid = pg_inherits.inhrelid
inner join pg_class as parent on parent.oid = pg_inherits.inhparent
where parent.relname in ('security_logs', 'audit_logs') and parent.relnamespace = 'public'::regnamespace;

select set_eq(
    'select name from partitions',
    $$ select log || to_char(date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead), '_YYYY_MM')
    from unnest(array['security_logs', 'audit_logs']) as log
    cross join generate_series(0, 3) as ahead
    union all
    values ('security_logs_default'), ('audit_logs_default') $$,
    'there are partitions for this month, three to come, and whatever else'
);
select is((select array_agg(distinct schema) from partitions), array['private'], 'the API does not have them');
select is_empty(
    $$ select partitions.name from partitions
    inner join pg_class on pg_class.oid = partitions.oid
    cross join lateral aclexplode(pg_class.relacl) as acl
    where acl.grantee <> pg_class.relowner $$,
    'nobody is granted anything on one'
);
select is_empty(
    $$ select name from partitions where not exists (
        select from pg_index where pg_index.indrelid = partitions.oid and pg_index.indisprimary
    ) $$,
    'each has its primary key'
);

insert into public.security_logs (event_type, created_at)
values
    ('test_now', now()),
    ('test_next_month', date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' + interval '40 days'),
    ('test_long_ago', now() - interval '400 days'),
    ('test_far', '2999-01-01');
select is(
    (select tableoid::regclass::text from public.security_logs where event_type = 'test_now'),
    to_char(now() at time zone 'UTC', '"private.security_logs_"YYYY_MM'),
    'a row is in its month''s partition'
);
select is(
    (select tableoid::regclass::text from public.security_logs where event_type = 'test_next_month'),
    to_char(date_trunc('month', now() at time zone 'UTC') + interval '40 days', '"private.security_logs_"YYYY_MM'),
    'also in the next month''s, which is there before'
);
select is(
    (select array_agg(distinct tableoid::regclass::text) from public.security_logs where event_type in ('test_long_ago', 'test_far')),
    array['private.security_logs_default'],
    'writing never fails for lack of a partition'
);

-- By name, a partition is no way round the rules of its log.
select is(
    (
        select array_agg(distinct tests.error_code(format(statement, partitions.schema, partitions.name)))
        from partitions
        cross join unnest(array['update %I.%I set created_at = now()', 'truncate %I.%I']) as statement
    ),
    array['42501'],
    'their owner changes no partition, nor empties it'
);
select is(
    tests.error_code(format(
        'delete from private.security_logs_%s where event_type = ''test_now''', to_char(now() at time zone 'UTC', 'YYYY_MM')
    )),
    '42501',
    'nor deletes from it what retention keeps'
);
select tests.authenticate_as_service();
select is(
    (
        select array_agg(distinct tests.error_code(format('select from private.%I', name)))
        from unnest(array['security_logs_default', 'audit_logs_default']) as name
    ),
    array['42501'],
    'the service cannot reach one'
);
select tests.clear_authentication();

-- Partitions are made ahead, as often as one likes.
select lives_ok('select private.ensure_log_partitions()', 'what is there is left alone');
select private.ensure_log_partitions(5);
select isnt(
    to_regclass(to_char(date_trunc('month', now() at time zone 'UTC') + interval '5 months', '"private.audit_logs_"YYYY_MM')),
    null,
    'more months can be made'
);
insert into public.security_logs (event_type, created_at)
values ('test_late', date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' + interval '6 months 1 day');
select lives_ok('select private.ensure_log_partitions(7)', 'a month that began in the default partition is no error');
select is(
    to_regclass(to_char(date_trunc('month', now() at time zone 'UTC') + interval '6 months', '"private.security_logs_"YYYY_MM')),
    null,
    'it stays there'
);
select isnt(
    to_regclass(to_char(date_trunc('month', now() at time zone 'UTC') + interval '7 months', '"private.security_logs_"YYYY_MM')),
    null,
    'and the next one has its own'
);

-- And dropped, as wholes.
create table private.security_logs_2001_01 partition of public.security_logs
    for values from ('2001-01-01 00:00+00') to ('2001-02-01 00:00+00');
create table private.audit_logs_2001_01 partition of public.audit_logs
    for values from ('2001-01-01 00:00+00') to ('2001-02-01 00:00+00');
insert into public.security_logs (event_type, created_at) values ('test_2001', '2001-01-15');
select is(private.drop_old_log_partitions(), 2, 'months past their retention go');
select is_empty($$ select id from public.security_logs where event_type = 'test_2001' $$, 'with their rows');
select isnt_empty($$ select id from public.security_logs where event_type = 'test_now' $$, 'others stay');
select is(private.drop_old_log_partitions(), 0, 'once');

select * from finish();
rollback;
