-- Composed from sql/jobs by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/jobs/job_runs.sql

create table public.job_runs (
    id uuid primary key default gen_random_uuid(),
    job text not null,
    status text not null default 'running',
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    details jsonb,
    error text,
    constraint job_runs_job_form check (job ~ '^[a-z][a-z0-9_-]{0,49}$'),
    constraint job_runs_status_known check (status in ('running', 'succeeded', 'failed')),
    constraint job_runs_finished_when_done check ((status = 'running') = (finished_at is null)),
    constraint job_runs_finished_after_start check (finished_at >= started_at),
    constraint job_runs_error_when_failed check (error is null or status = 'failed')
);
create index job_runs_job_idx on public.job_runs (job, started_at desc);
create index job_runs_started_at_idx on public.job_runs (started_at);

comment on table public.job_runs is 'Runs of scheduled jobs. Workers write it, admins read it.';
comment on column public.job_runs.status is 'running | succeeded | failed.';
comment on column public.job_runs.details is 'What the run did, in figures of the job''s own.';
comment on column public.job_runs.error is 'Why it failed.';

-- sql/jobs/jobs.sql

-- The scheduled jobs, as workers tell of them, and who runs each now.
create table private.jobs (
    job text primary key,
    schedule text not null,
    enabled boolean not null default true,
    next_at timestamptz,
    scheduled_for timestamptz,
    run_id uuid,
    worker text,
    lease_until timestamptz,
    last_started_at timestamptz,
    last_finished_at timestamptz,
    last_status text,
    last_error text,
    last_success_at timestamptz,
    constraint jobs_job_form check (job ~ '^[a-z][a-z0-9_-]{0,49}$'),
    constraint jobs_last_status_known check (last_status in ('succeeded', 'failed')),
    constraint jobs_lease_of_run check ((run_id is null) = (lease_until is null))
);

comment on table private.jobs is 'Each job once. Workers write it through start_job, renew_job and finish_job.';
comment on column private.jobs.schedule is 'The cron expression by which the workers run it, or off.';
comment on column private.jobs.next_at is 'When it is due next, by what the workers say.';
comment on column private.jobs.scheduled_for is
    'The time of the schedule that it ran for last: it runs once for each, on however many machines.';
comment on column private.jobs.lease_until is 'Until when the run that goes on has the job to itself; it renews this.';

-- sql/jobs/outbox.sql

-- What must happen outside the database, stored in the transaction that causes it: one narrow row, because checkout writes
-- it. To whom it goes, by which channel and in which language is found out when a worker claims it: see private.messages.
-- No NOTIFY: it would make commits wait for each other.
create table private.outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    order_id uuid,
    payload jsonb not null default '{}',
    created_at timestamptz not null default now(),
    constraint outbox_topic_form check (topic ~ '^[a-z][a-z0-9_.-]{0,99}$')
);

comment on table private.outbox is 'What is to be told, until a worker makes messages of it.';
comment on column private.outbox.topic is 'Such as order.placed.';
comment on column private.outbox.order_id is
    'The order that it is about, which may also stand in the payload. No foreign key: checkout need not pay for one.';

-- sql/jobs/messages.sql

-- One message for each channel and receiver, claimed by a worker with a lease and deleted when it was delivered.
create table private.messages (
    id bigint generated always as identity primary key,
    topic text not null,
    order_id uuid,
    payload jsonb not null,
    channel text not null,
    receiver text not null,
    state text not null default 'waiting',
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    worker text,
    last_error text,
    created_at timestamptz not null,
    constraint messages_channel_known check (channel in ('email', 'webhook')),
    constraint messages_state_known check (state in ('waiting', 'dead')),
    constraint messages_attempts_range check (attempts between 0 and 10)
);
create index messages_next_attempt_at_idx on private.messages (next_attempt_at) where state = 'waiting';
create index messages_dead_idx on private.messages (created_at) where state = 'dead';

comment on table private.messages is 'To be delivered at least once; the id is for receivers to see repeats by.';
comment on column private.messages.receiver is 'An e-mail address, or the URL of a webhook.';
comment on column private.messages.state is 'waiting | dead: given up, until an admin has it tried again or drops it.';
comment on column private.messages.next_attempt_at is
    'Not to be claimed before: the end of the lease while a worker has it, later after each failure.';
comment on column private.messages.worker is 'Who claimed it last.';
comment on column private.messages.created_at is 'When it happened.';

-- Who is told of what. A topic that is not here goes to the webhook for notifications only.
create table private.message_topics (
    topic text primary key,
    audience text not null,
    constraint message_topics_audience_known check (audience in ('customer', 'staff'))
);
comment on table private.message_topics is
    'customer: an e-mail to the buyer, and the webhook for notifications. staff: e-mail and webhook for alerts.';

insert into private.message_topics (topic, audience)
values
    ('order.placed', 'customer'),
    ('order.confirmed', 'customer'),
    ('order.shipped', 'customer'),
    ('order.delivered', 'customer'),
    ('order.cancelled', 'customer'),
    ('order.refunded', 'customer'),
    ('payment.link', 'customer'),
    ('payment.mismatch', 'staff'),
    ('payment.conflict', 'staff'),
    ('payment.disputed', 'staff'),
    ('payment.dispute_won', 'staff'),
    ('payment.dispute_lost', 'staff'),
    ('payment.refund_failed', 'staff'),
    ('payment.refund_due', 'staff');

-- sql/jobs/private/enqueue.sql

-- Puts one message in the outbox: it will be delivered if, and only if, the transaction commits. Who has many inserts them
-- in one statement.
create function private.enqueue(topic text, payload jsonb, order_id uuid default null)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into private.outbox (topic, order_id, payload)
    values (enqueue.topic, enqueue.order_id, enqueue.payload);
end;
$$;

-- sql/jobs/private/address_messages.sql

-- Makes messages of what is in the outbox, oldest first and a bounded number at once, for every channel that somebody reads.
create function private.address_messages()
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    notifications_webhook constant text := private.setting_text('notifications.webhook_url');
    alerts_webhook constant text := private.setting_text('alerts.webhook_url');
    alerts_email constant text := private.setting_text('alerts.email');
begin
    with taken as (
        delete from private.outbox
        where outbox.id = any(array(
            select waiting.id
            from private.outbox as waiting
            order by waiting.id
            limit 500
            for update skip locked
        ))
        returning
            outbox.id,
            outbox.topic,
            coalesce(outbox.order_id, private.to_uuid(outbox.payload ->> 'order_id')) as order_id,
            outbox.payload,
            outbox.created_at
    )

    insert into private.messages (topic, order_id, payload, channel, receiver, created_at)
    select taken.topic, taken.order_id, taken.payload, addressed.channel, addressed.receiver, taken.created_at
    from taken
    left join private.message_topics on message_topics.topic = taken.topic
    left join public.orders on orders.id = taken.order_id
    left join auth.users on users.id = orders.user_id
    cross join lateral (
        values
            (
                'email',
                case message_topics.audience
                    when 'customer' then coalesce(orders.guest_email, users.email)
                    when 'staff' then alerts_email
                end
            ),
            ('webhook', case message_topics.audience when 'staff' then alerts_webhook else notifications_webhook end)
    ) as addressed (channel, receiver)
    where addressed.receiver is not null
    order by taken.id;
end;
$$;

-- sql/jobs/private/claim_messages.sql

-- Gives a worker messages to deliver, each to nobody else for a minute.
create function private.claim_messages(max_messages integer, worker text)
    returns table (
        id bigint,
        topic text,
        order_id uuid,
        payload jsonb,
        channel text,
        receiver text,
        language text,
        attempts integer,
        created_at timestamptz,
        lease_until timestamptz
    )
    security definer
    set search_path = ''
    rows 20
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(jsonb_build_object(
        'max_messages', case
            when claim_messages.max_messages is null then '["required"]'::jsonb
            when claim_messages.max_messages < 1 then '["below", 1]'
            when claim_messages.max_messages > 100 then '["above", 100]'
        end,
        'worker', private.text_fault(claim_messages.worker, 200, required => true)
    ));
    perform private.address_messages();

    -- Whoever had these for the last time never said what became of them.
    update private.messages
    set state = 'dead', last_error = coalesce(messages.last_error, 'No worker said what became of it.')
    where messages.state = 'waiting' and messages.attempts >= 10 and messages.next_attempt_at <= now();

    return query
    with claimed as (
        update private.messages
        set
            attempts = messages.attempts + 1,
            next_attempt_at = now() + interval '1 minute',
            worker = claim_messages.worker
        where messages.id = any(array(
            select due.id
            from private.messages as due
            where due.state = 'waiting' and due.next_attempt_at <= now() and due.attempts < 10
            order by due.next_attempt_at, due.id
            limit claim_messages.max_messages
            for update skip locked
        ))
        returning messages.*
    )

    select
        claimed.id,
        claimed.topic,
        claimed.order_id,
        claimed.payload,
        claimed.channel,
        claimed.receiver,
        coalesce(orders.language, private.setting('store.languages') ->> 0),
        claimed.attempts,
        claimed.created_at,
        claimed.next_attempt_at
    from claimed
    left join public.orders on orders.id = claimed.order_id
    order by claimed.id;
end;
$$;
grant execute on function private.claim_messages to service_role;

-- sql/jobs/private/settle_message.sql

-- What a worker says of a message that it claimed.

-- False where the worker has it no longer: its lease was over, and another one may have it.
create function private.renew_message(id bigint, worker text)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    update private.messages
    set next_attempt_at = now() + interval '1 minute'
    where messages.id = renew_message.id
        and messages.worker = renew_message.worker
        and messages.state = 'waiting'
        and messages.next_attempt_at > now();
    return found;
end;
$$;
grant execute on function private.renew_message to service_role;

-- Delivered is delivered, whoever did it, also where the lease was over meanwhile.
create function private.complete_message(id bigint)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    delete from private.messages
    where messages.id = complete_message.id;
    return found;
end;
$$;
grant execute on function private.complete_message to service_role;

-- Ten attempts take a day; each wait is varied by a fifth, so that what failed together doesn't come back together.
create function private.fail_message(id bigint, worker text, error text, permanent boolean)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    waits constant interval[] := array[
        '10 seconds', '1 minute', '5 minutes', '15 minutes', '30 minutes', '1 hour', '3 hours', '6 hours', '13 hours'
    ]::interval[];
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    update private.messages
    set
        state = case when fail_message.permanent or messages.attempts >= 10 then 'dead' else 'waiting' end,
        next_attempt_at = now() + coalesce(waits[messages.attempts], '0') * (0.8 + 0.4 * random()),
        worker = null,
        last_error = left(fail_message.error, 1000)
    where messages.id = fail_message.id
        and messages.worker = fail_message.worker
        and messages.state = 'waiting'
        and messages.next_attempt_at > now();
    return found;
end;
$$;
grant execute on function private.fail_message to service_role;

-- sql/jobs/private/job_faults.sql

-- What is wrong with what a worker says of a job, an object of field to fault.
create function private.job_faults(job text, schedule text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return jsonb_build_object(
        'job', case
            when job_faults.job is null then '["required"]'::jsonb
            when job_faults.job !~ '^[a-z][a-z0-9_-]{0,49}$' then '["pattern", "release-reservations"]'
        end,
        'schedule', private.text_fault(job_faults.schedule, 100, required => true)
    );
end;
$$;

-- sql/jobs/private/register_job.sql

-- Says that a job exists and when it runs. Its runs stay as they are.
create function private.register_job(job text, schedule text, next_at timestamptz)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(private.job_faults(register_job.job, register_job.schedule));

    insert into private.jobs (job, schedule, enabled, next_at)
    values (register_job.job, register_job.schedule, register_job.schedule <> 'off', register_job.next_at)
    on conflict on constraint jobs_pkey
    do update set schedule = excluded.schedule, enabled = excluded.enabled, next_at = excluded.next_at;
end;
$$;
grant execute on function private.register_job to service_role;

-- sql/jobs/private/start_job.sql

-- Lets one worker run a job, for a minute at a time. Null where another one runs it, or ran it for this time of the schedule
-- already. A run without such a time is one that somebody asked for. A run whose worker vanished is written down as failed.
create function private.start_job(job text, schedule text, worker text, scheduled_for timestamptz, next_at timestamptz)
    returns uuid
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    present private.jobs;
    new_run constant uuid := gen_random_uuid();
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(
        private.job_faults(start_job.job, start_job.schedule)
        || jsonb_build_object('worker', private.text_fault(start_job.worker, 200, required => true))
    );

    insert into private.jobs (job, schedule, enabled)
    values (start_job.job, start_job.schedule, start_job.schedule <> 'off')
    on conflict on constraint jobs_pkey do nothing;
    select *
    into strict present
    from private.jobs
    where jobs.job = start_job.job
    for update;

    if present.lease_until > now() or start_job.scheduled_for <= present.scheduled_for then
        return null;
    end if;

    if present.run_id is not null then
        insert into public.job_runs (id, job, status, started_at, finished_at, error)
        values (
            present.run_id, present.job, 'failed', present.last_started_at, now(),
            format('Its worker (%s) was not heard of any more.', present.worker)
        );
    end if;
    update private.jobs
    set
        schedule = start_job.schedule,
        enabled = start_job.schedule <> 'off',
        next_at = coalesce(start_job.next_at, jobs.next_at),
        scheduled_for = coalesce(start_job.scheduled_for, jobs.scheduled_for),
        run_id = new_run,
        worker = start_job.worker,
        lease_until = now() + interval '1 minute',
        last_started_at = now()
    where jobs.job = start_job.job;
    return new_run;
end;
$$;
grant execute on function private.start_job to service_role;

-- sql/jobs/private/finish_job.sql

-- Keeps the run's job to itself for another minute. False once another worker has it: then it stops.
create function private.renew_job(run_id uuid)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    update private.jobs
    set lease_until = now() + interval '1 minute'
    where jobs.run_id = renew_job.run_id;
    return found;
end;
$$;
grant execute on function private.renew_job to service_role;

-- Ends a run. What it did goes into job_runs; a run that did nothing leaves no row. False where another worker had the job
-- meanwhile.
create function private.finish_job(run_id uuid, status text, details jsonb, error text)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    ended private.jobs;
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(jsonb_build_object(
        'status', case
            when finish_job.status is null then '["required"]'::jsonb
            when finish_job.status not in ('succeeded', 'failed') then '["one_of", "succeeded", "failed"]'
        end,
        'details', case
            when jsonb_typeof(finish_job.details) not in ('object', 'null') then '["not_object"]'::jsonb
        end
    ));

    select *
    into ended
    from private.jobs
    where jobs.run_id = finish_job.run_id
    for update;
    if not found then
        return false;
    end if;

    if finish_job.status = 'failed' or nullif(finish_job.details, 'null') <> '{}' then
        insert into public.job_runs (id, job, status, started_at, finished_at, details, error)
        values (
            ended.run_id, ended.job, finish_job.status, ended.last_started_at, now(), nullif(finish_job.details, 'null'),
            case when finish_job.status = 'failed' then left(coalesce(finish_job.error, 'It did not say why.'), 2000) end
        );
    end if;
    update private.jobs
    set
        run_id = null,
        worker = null,
        lease_until = null,
        last_finished_at = now(),
        last_status = finish_job.status,
        last_error = case when finish_job.status = 'failed' then left(coalesce(finish_job.error, 'It did not say why.'), 2000) end,
        last_success_at = case when finish_job.status = 'succeeded' then now() else jobs.last_success_at end
    where jobs.job = ended.job;
    return true;
end;
$$;
grant execute on function private.finish_job to service_role;

-- sql/jobs/access.sql

alter table public.job_runs enable row level security;

grant select on public.job_runs to authenticated;
grant select, insert, update on public.job_runs to service_role;

create policy "admins read job runs" on public.job_runs
    for select to authenticated
    using ((select private.is_admin()));

-- sql/jobs/api/claim_messages.sql

create function public.claim_messages(max_messages integer, worker text)
    returns table (
        id bigint,
        topic text,
        order_id uuid,
        payload jsonb,
        channel text,
        receiver text,
        language text,
        attempts integer,
        created_at timestamptz,
        lease_until timestamptz
    )
    set search_path = ''
    rows 20
    language plpgsql
    as $$
begin
    return query
    select * from private.claim_messages(max_messages, worker);
end;
$$;
comment on function public.claim_messages is
    'For workers, with the secret key only: claims up to max_messages (1 to 100) messages that are due, each for a minute: rows {id, topic, order_id, payload, channel (email | webhook), receiver, language, attempts, created_at, lease_until}. worker names the process. language is that of the order, else the store''s first. What is not completed, failed or renewed in time is claimed again, and given up after ten attempts; id is for receivers to see repeats by. Errors: forbidden, invalid_input.';
grant execute on function public.claim_messages to service_role;

-- sql/jobs/api/complete_message.sql

create function public.complete_message(id bigint)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.complete_message(id);
end;
$$;
comment on function public.complete_message is
    'For workers, with the secret key only: a message was delivered and goes. False when it was gone already. Errors: forbidden.';
grant execute on function public.complete_message to service_role;

-- sql/jobs/api/fail_message.sql

create function public.fail_message(id bigint, worker text, error text, permanent boolean default false)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.fail_message(id, worker, error, permanent);
end;
$$;
comment on function public.fail_message is
    'For workers, with the secret key only: a message that this worker claimed could not be delivered. It is due again after a wait that grows with each attempt, and is dead after ten, or at once when permanent. False when the worker has it no longer. Errors: forbidden.';
grant execute on function public.fail_message to service_role;

-- sql/jobs/api/finish_job.sql

create function public.finish_job(run_id uuid, status text, details jsonb default null, error text default null)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.finish_job(run_id, status, details, error);
end;
$$;
comment on function public.finish_job is
    'For workers, with the secret key only: ends a run as succeeded or failed. details, an object, is what it did; it is in job_runs when it did something or failed. False when another worker had the job meanwhile. Errors: forbidden, invalid_input.';
grant execute on function public.finish_job to service_role;

-- sql/jobs/api/register_job.sql

create function public.register_job(job text, schedule text, next_at timestamptz default null)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.register_job(job, schedule, next_at);
end;
$$;
comment on function public.register_job is
    'For workers, with the secret key only: a job exists, runs by this cron expression (or off) and is due next at next_at. Errors: forbidden, invalid_input.';
grant execute on function public.register_job to service_role;

-- sql/jobs/api/renew_job.sql

create function public.renew_job(run_id uuid)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.renew_job(run_id);
end;
$$;
comment on function public.renew_job is
    'For workers, with the secret key only: has the job for another minute. False when another worker has it: stop then. Errors: forbidden.';
grant execute on function public.renew_job to service_role;

-- sql/jobs/api/renew_message.sql

create function public.renew_message(id bigint, worker text)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.renew_message(id, worker);
end;
$$;
comment on function public.renew_message is
    'For workers, with the secret key only: has a message that this worker claimed for another minute. False when it has it no longer. Errors: forbidden.';
grant execute on function public.renew_message to service_role;

-- sql/jobs/api/start_job.sql

create function public.start_job(
    job text,
    schedule text,
    worker text,
    scheduled_for timestamptz default null,
    next_at timestamptz default null
)
    returns uuid
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.start_job(job, schedule, worker, scheduled_for, next_at);
end;
$$;
comment on function public.start_job is
    'For workers, with the secret key only: the id of a run that has this job to itself for a minute, to be renewed; null when another worker runs it, or it ran for scheduled_for already. scheduled_for is the time of the schedule, null for a run that somebody asked for; next_at is when it is due next. Errors: forbidden, invalid_input.';
grant execute on function public.start_job to service_role;
