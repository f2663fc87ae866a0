-- One partition a month, so that what is past its retention goes at once. See private.ensure_log_partitions().
create table public.security_logs (
    id uuid not null default gen_random_uuid(),
    event_type text not null,
    user_id uuid,
    ip_address inet,
    user_agent text,
    endpoint text,
    request_data jsonb,
    severity text not null default 'info',
    request_id text,
    created_at timestamptz not null default now(),
    constraint security_logs_pkey primary key (id, created_at),
    constraint security_logs_event_type_length check (char_length(event_type) between 1 and 50),
    constraint security_logs_user_agent_length check (char_length(user_agent) <= 500),
    constraint security_logs_endpoint_length check (char_length(endpoint) <= 500),
    constraint security_logs_severity_known check (severity in ('info', 'warning', 'error', 'critical'))
) partition by range (created_at);
create index security_logs_ip_address_idx on public.security_logs (ip_address, created_at desc);
create index security_logs_user_id_idx on public.security_logs (user_id, created_at desc);
create index security_logs_event_type_idx on public.security_logs (event_type, created_at desc);
create index security_logs_severity_idx on public.security_logs (severity, created_at desc);
create index security_logs_created_at_idx on public.security_logs (created_at);

-- For what no month was made for in time: writing never fails for lack of one.
create table private.security_logs_default partition of public.security_logs default;

comment on table public.security_logs is
    'Refusals and other events of security. Admins read it, workers add to it, nobody changes it; kept for retention.security_logs_days.';
comment on column public.security_logs.event_type is 'Such as guest_token_refused or role_changed.';
comment on column public.security_logs.user_id is 'The account that asked; no foreign key, because the log outlives the account.';
comment on column public.security_logs.ip_address is 'The client''s address; null when no trusted proxy named it.';
comment on column public.security_logs.severity is 'info | warning | error | critical.';
comment on column public.security_logs.request_id is 'The X-Request-Id of the request.';
