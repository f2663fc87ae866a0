-- A job runs once for each time of its schedule, on however many machines.
begin;
select plan(28);

delete from private.jobs;
delete from public.job_runs;
select tests.create_user('jobs-admin@example.com', 'admin') as admin
\gset
-- Some time passes.
create function pg_temp.wait(span interval) returns void security definer language sql as $$
    update private.jobs set lease_until = lease_until - span, last_started_at = last_started_at - span;
$$;
create function pg_temp.known(name text) returns private.jobs stable security definer language sql as $$
    select * from private.jobs where job = name;
$$;
create temporary table runs (name text, id uuid);
grant all on runs to public;
create function pg_temp.run(name text) returns uuid language sql as $$
    select id from runs where runs.name = run.name;
$$;
grant execute on all functions in schema pg_temp to public;

select tests.authenticate_as_service();
select public.register_job('retention', '0 3 * * *', now() + interval '1 hour');
select is((pg_temp.known('retention')).next_at, now() + interval '1 hour', 'workers tell when a job is due');
select public.register_job('retention', 'off');
select results_eq(
    $$ select schedule, enabled, next_at from pg_temp.known('retention') $$,
    $$ values ('off', false, null::timestamptz) $$,
    'and that it is off'
);

insert into runs select 'first', public.start_job('retention', '* * * * *', 'one', '2026-11-25 10:00Z', '2026-11-25 10:01Z');
select isnt(pg_temp.run('first'), null, 'a worker starts a job');
select results_eq(
    $$ select schedule, enabled, next_at, worker, lease_until from pg_temp.known('retention') $$,
    $$ values ('* * * * *', true, '2026-11-25 10:01Z'::timestamptz, 'one', now() + interval '1 minute') $$,
    'and has it for a minute'
);
select is(public.start_job('retention', '* * * * *', 'two', '2026-11-25 10:00Z'), null, 'another one does not start it meanwhile');
select is(public.start_job('retention', '* * * * *', 'two', '2026-11-25 10:01Z'), null, 'not for a later time either');
select is(public.start_job('retention', '* * * * *', 'two'), null, 'nor by hand');
select isnt(public.start_job('roll-up', '* * * * *', 'two', '2026-11-25 10:00Z'), null, 'but another job');
select is_empty('select id from public.job_runs', 'what is not over is not written down');
select is(public.finish_job(pg_temp.run('first'), 'succeeded', '{"rows": 3}'), true, 'it ends');
select results_eq(
    $$ select id, job, status, details, error, finished_at from public.job_runs $$,
    $$ select pg_temp.run('first'), 'retention', 'succeeded', '{"rows": 3}'::jsonb, null::text, now() $$,
    'and what it did is written down'
);
select results_eq(
    $$ select last_status, last_success_at, last_finished_at, lease_until from pg_temp.known('retention') $$,
    $$ values ('succeeded', now(), now(), null::timestamptz) $$,
    'with the job too'
);
select is(public.finish_job(pg_temp.run('first'), 'succeeded', '{"rows": 3}'), false, 'a run ends once');
select is(public.start_job('retention', '* * * * *', 'two', '2026-11-25 10:00Z'), null, 'a slow machine does not run what was run');

insert into runs select 'second', public.start_job('retention', '* * * * *', 'two', '2026-11-25 10:01Z');
select isnt(pg_temp.run('second'), null, 'the next time of the schedule is run');
select public.finish_job(pg_temp.run('second'), 'succeeded', '{}');
select is((select count(*) from public.job_runs), 1::bigint, 'a run that did nothing leaves no row');

insert into runs select 'third', public.start_job('retention', '* * * * *', 'one');
select isnt(pg_temp.run('third'), null, 'it may be run by hand in between');
select public.finish_job(pg_temp.run('third'), 'failed', null, 'no connection');
select results_eq(
    $$ select status, error from public.job_runs where id = pg_temp.run('third') $$,
    $$ values ('failed', 'no connection') $$,
    'and fail'
);
select results_eq(
    $$ select last_status, last_error, last_success_at from pg_temp.known('retention') $$,
    $$ values ('failed', 'no connection', now()) $$,
    'which does not hide when it last succeeded'
);

-- A worker that vanishes.
insert into runs select 'lost', public.start_job('retention', '* * * * *', 'one', '2026-11-25 10:02Z');
select pg_temp.wait('50 seconds');
select is(public.renew_job(pg_temp.run('lost')), true, 'a worker renews its lease');
select pg_temp.wait('59 seconds');
select is(public.start_job('retention', '* * * * *', 'two', '2026-11-25 10:03Z'), null, 'for a minute');
select pg_temp.wait('2 seconds');
insert into runs select 'found', public.start_job('retention', '* * * * *', 'two', '2026-11-25 10:03Z');
select isnt(pg_temp.run('found'), null, 'and loses the job when it does not');
select results_eq(
    $$ select status, error from public.job_runs where id = pg_temp.run('lost') $$,
    $$ values ('failed', 'Its worker (one) was not heard of any more.') $$,
    'its run is written down as failed'
);
select is(public.renew_job(pg_temp.run('lost')), false, 'it is told when it comes back');
select is(public.finish_job(pg_temp.run('lost'), 'succeeded', '{"rows": 1}'), false, 'and ends nothing');

-- Bounds, and nobody else.
select is(
    (tests.error($$ select public.start_job('Not a job', null, '') $$) ->> 'hint')::jsonb,
    '{"job": ["pattern", "release-reservations"], "schedule": ["required"], "worker": ["required"]}',
    'what is no job is refused'
);
select is(
    (tests.error($$ select public.finish_job(gen_random_uuid(), 'done', '[]') $$) ->> 'hint')::jsonb,
    '{"status": ["one_of", "succeeded", "failed"], "details": ["not_object"]}',
    'so is what is no end'
);
select tests.authenticate_as(:'admin');
select is(
    (
        select array_agg(distinct tests.error_code(statement))
        from unnest(array[
            $$ select public.start_job('retention', '* * * * *', 'me') $$, 'select public.renew_job(gen_random_uuid())',
            $$ select public.finish_job(gen_random_uuid(), 'failed') $$, $$ select private.register_job('retention', 'off', null) $$,
            'select * from private.jobs'
        ]) as statement
    ),
    array['42501'],
    'admins start no job, nor end one'
);

select * from finish();
rollback;
