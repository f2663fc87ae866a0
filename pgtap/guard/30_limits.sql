-- Limits on what can be guessed.
begin;
select plan(28);

select is(private.is_over_limit('test', 'me', '3/minute'), false, 'nobody starts over the limit');
select is(private.count_hit('test', 'me', '3/minute'), true, 'the first hit is within the limit');
select is(private.count_hit('test', 'me', '3/minute'), true, 'so is the second');
select is(private.is_over_limit('test', 'me', '3/minute'), false, 'one is left');
select is(private.count_hit('test', 'me', '3/minute'), true, 'so is the last');
select is(private.is_over_limit('test', 'me', '3/minute'), true, 'then the limit is used up');
select is(private.count_hit('test', 'me', '3/minute'), false, 'and one more is too many');
select is(private.is_over_limit('test', 'you', '3/minute'), false, 'another key has its own count');
select is(private.is_over_limit('other', 'me', '3/minute'), false, 'another bucket too');

insert into private.rate_limit_hits (bucket, key, window_start, slot, hits, expires_at)
select 'test', 'you', limit_window.starts_at, -1, 3, limit_window.ends_at
from private.limit_window('3/minute');
select is(private.is_over_limit('test', 'you', '3/minute'), true, 'hits counted by other sessions count');
select is(private.is_over_limit('test', 'you', '4/minute'), false, 'a limit that was raised holds at once');
select is(private.count_hit('long', repeat('k', 10000), '1/hour'), true, 'an oversized key is cut');

select results_eq(
    $$ select max_hits, ends_at - starts_at, starts_at <= now() and ends_at > now() from private.limit_window('5/hour') $$,
    $$ values (5, interval '1 hour', true) $$,
    'a window is the present hour'
);
select results_eq(
    $$ select extract(epoch from (private.limit_window('1/' || unit)).ends_at - (private.limit_window('1/' || unit)).starts_at)::integer
    from unnest(array['second', 'minute', 'hour', 'day']) as unit $$,
    array[1, 60, 3600, 86400],
    'each unit has its length'
);

-- The Retry-After of a refusal, in seconds.
create function pg_temp.retry_after(sql text) returns integer language plpgsql as $$
declare
    answer text;
begin
    execute sql;
    return null;
exception
    when sqlstate 'PGRST' then
        get stacked diagnostics answer = pg_exception_detail;
        return answer::jsonb -> 'headers' ->> 'Retry-After';
end;
$$;
select results_eq(
    $$ select seconds_left, starts_at + make_interval(secs => 3600 - seconds_left) <= now(), seconds_left between 1 and 3600
    from private.limit_window('5/hour') $$,
    $$ select ceil(extract(epoch from date_trunc('hour', now()) + interval '1 hour' - now()))::integer, true, true $$,
    'what is left of a window is whole seconds, rounded up'
);
select is(
    pg_temp.retry_after($$ select private.raise_rate_limited('5/hour') $$),
    (private.limit_window('5/hour')).seconds_left,
    'who is refused is told to come back when the window ends'
);
select is(
    pg_temp.retry_after($$ select private.raise_error('rate_limited') $$),
    60,
    'without a limit, in a minute'
);
select is(
    tests.error($$ select private.raise_rate_limited('5/hour') $$),
    jsonb_build_object(
        'code', 'rate_limited', 'message', 'Too many requests. Try again later.',
        'details', jsonb_build_object('retry_after', (private.limit_window('5/hour')).seconds_left)::text, 'hint', null
    ),
    'and why, in the body too'
);

select results_eq(
    $$ select limit_window.starts_at from unnest(array['minute', 'hour', 'day']) as unit, private.limit_window('1/' || unit) $$,
    $$ select to_timestamp(floor(extract(epoch from now()) / length) * length) from unnest(array[60, 3600, 86400]) as length $$,
    'windows are counted from the epoch, whatever the time zone'
);
select is(
    (select array_agg(private.count_hit('test', null, '1/hour')) from generate_series(1, 3)),
    array[true, true, true],
    'nobody is never over a limit'
);
select is(private.is_over_limit('test', null, '1/hour'), false, 'nor found to be');
select is_empty($$ select hits from private.rate_limit_hits where key is null or key = '' $$, 'nor counted');

insert into private.rate_limit_hits (bucket, key, window_start, slot, expires_at)
select 'past', number::text, now() - interval '2 days', 1, now() - interval '1 day'
from generate_series(1, 15) as number;
select private.count_hit('sweep', 'me', '3/minute');
select is(
    (select count(*) from private.rate_limit_hits where bucket = 'past'),
    5::bigint,
    'who starts a window takes a few old ones away'
);
select private.count_hit('sweep', 'you', '3/minute');
select is(
    (select count(*) from private.rate_limit_hits where bucket = 'past'),
    0::bigint,
    'until none is left'
);

select public.admin_update_settings('{"rate_limits.enabled": false}');
select is(private.is_over_limit('test', 'me', '3/minute'), false, 'limits can be turned off');
select is(private.count_hit('test', 'me', '3/minute'), true, 'then nothing is counted');

select public.admin_update_settings('{"rate_limits.enabled": true}');
select is(private.is_over_limit('test', 'me', '3/minute'), true, 'and on again');

set local transaction_read_only = on;
select lives_ok($$ select private.log_security_event('test_read_only') $$, 'an event in a read-only request fails nothing');

select * from finish();
rollback;
