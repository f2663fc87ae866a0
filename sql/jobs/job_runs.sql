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
