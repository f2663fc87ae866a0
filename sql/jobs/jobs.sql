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
