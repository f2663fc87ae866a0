-- One partition a month, so that what is past its retention goes at once. See private.ensure_log_partitions().
create table public.audit_logs (
    id uuid not null default gen_random_uuid(),
    actor_id uuid,
    action text not null,
    table_name text not null,
    row_id text not null,
    old_values jsonb,
    new_values jsonb,
    ip_address inet,
    request_id text,
    created_at timestamptz not null default now(),
    constraint audit_logs_pkey primary key (id, created_at),
    constraint audit_logs_action_known check (action in ('insert', 'update', 'delete'))
) partition by range (created_at);
create index audit_logs_row_idx on public.audit_logs (table_name, row_id, created_at desc);
create index audit_logs_actor_id_idx on public.audit_logs (actor_id, created_at desc);
create index audit_logs_created_at_idx on public.audit_logs (created_at);

-- For what no month was made for in time: writing never fails for lack of one.
create table private.audit_logs_default partition of public.audit_logs default;

comment on table public.audit_logs is
    'Every write of an admin or of the service. Admins read it; written by triggers, changed by nobody, kept for retention.audit_logs_days.';
comment on column public.audit_logs.actor_id is
    'The admin; null for the service. No foreign key, because the log outlives the account.';
comment on column public.audit_logs.action is 'insert | update | delete.';
comment on column public.audit_logs.row_id is 'Primary key of the row, as text.';
comment on column public.audit_logs.old_values is 'Changed columns before an update, or the deleted row.';
comment on column public.audit_logs.new_values is 'Changed columns after an update, or the new row.';
comment on column public.audit_logs.ip_address is 'The client''s address; null when no trusted proxy named it.';
comment on column public.audit_logs.request_id is 'The X-Request-Id of the request.';
