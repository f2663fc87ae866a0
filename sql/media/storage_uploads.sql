-- Objects in Storage that no picture has: not yet, or no longer. What is not in here and not attached is never made, because
-- uploads are announced first; so no object is orphaned.
create table private.storage_uploads (
    path text primary key,
    bucket text not null default 'product-images',
    state text not null,
    created_at timestamptz not null default now(),
    lease_until timestamptz not null default now(),
    attempts integer not null default 0,
    constraint storage_uploads_path_form check (private.storage_path_fault(path) is null),
    constraint storage_uploads_state_known check (state in ('pending', 'remove')),
    constraint storage_uploads_attempts_not_negative check (attempts >= 0)
);
create index storage_uploads_lease_until_idx on private.storage_uploads (lease_until);

comment on table private.storage_uploads is 'Uploads that were announced and are not attached to a picture yet, and objects to remove.';
comment on column private.storage_uploads.path is 'Name of the object in its bucket.';
comment on column private.storage_uploads.state is 'pending: announced; remove: to be removed.';
comment on column private.storage_uploads.lease_until is 'Until when the uploader, or the worker that claimed it, has it to itself.';
comment on column private.storage_uploads.attempts is 'How often its removal was claimed. Once it was, the object may be gone.';
