-- Which events in security_logs are refusals that an honest client seldom earns: enough of them from one address block
-- it for a time. `blocked` is none of them, or a block would prolong itself.
create table private.refusal_types (
    event_type text primary key
);
comment on table private.refusal_types is
    'Event types of security_logs that count towards security.auto_block_after, where their severity is warning or worse.';

insert into private.refusal_types (event_type)
values
    ('rate_limited'),
    ('blocked_user_agent'),
    ('payload_too_large'),
    ('unsupported_media_type'),
    ('invalid_request'),
    ('invalid_token'),
    ('guest_token_refused'),
    ('sign_in_failed');
