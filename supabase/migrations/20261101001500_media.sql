-- Composed from sql/media by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/media/buckets.sql

-- Everybody fetches a picture whose address they know. There is no policy, so only the secret key lists, writes or removes.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('product-images', 'product-images', true, 10 * 1024 * 1024, array['image/jpeg', 'image/png', 'image/webp'])
on conflict (id)
do update set
    public = excluded.public,
    file_size_limit = excluded.file_size_limit,
    allowed_mime_types = excluded.allowed_mime_types;

-- sql/media/storage_uploads.sql

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

-- sql/media/private/follow_image_paths.sql

-- Attaching an object to a picture takes it off the list of uploads and removals; what a picture leaves behind is queued
-- for removal. An object whose removal has begun may be gone, so it can't be attached any more.
create function private.follow_image_paths()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    paths_before text[] := array[]::text[];
    paths_after text[] := array[]::text[];
begin
    if tg_op <> 'INSERT' then
        paths_before := private.image_paths(old.storage_path, old.variants);
    end if;
    if tg_op <> 'DELETE' then
        paths_after := private.image_paths(new.storage_path, new.variants);
    end if;

    delete from private.storage_uploads
    where storage_uploads.path = any(paths_after) and storage_uploads.attempts = 0;
    if exists (
        select
        from private.storage_uploads
        where storage_uploads.path = any(paths_after) and storage_uploads.path <> all(paths_before)
    ) then
        perform private.raise_invalid('{"storage_path": ["unavailable", {"reason": "is being removed from Storage"}]}');
    end if;

    insert into private.storage_uploads (path, state)
    select distinct left_behind.path, 'remove'
    from unnest(paths_before) as left_behind (path)
    where left_behind.path <> all(paths_after)
    order by left_behind.path
    on conflict (path)
    do update set state = excluded.state, lease_until = excluded.lease_until
    where storage_uploads.attempts = 0;
    return null;
end;
$$;

-- sql/media/private/announce_uploads.sql

-- Where an announced object is not attached within 15 minutes, its upload was abandoned.
create function private.announce_uploads(paths text[])
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    wanted text[];
    announced integer;
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    select array_agg(distinct path order by path)
    into wanted
    from unnest(announce_uploads.paths) as path;
    perform private.raise_invalid(jsonb_build_object('paths', case
        when wanted is null then '["required"]'::jsonb
        when cardinality(announce_uploads.paths) > 100 then '["too_many", 100]'
        when array_position(wanted, null) is not null then '["required", {"reason": "has an empty entry"}]'
        else (
            select private.fault_with_reason(private.storage_path_fault(path), path || ' %s')
            from unnest(wanted) as path
            where private.storage_path_fault(path) is not null
            order by path
            limit 1
        )
    end));

    insert into private.storage_uploads (path, state, lease_until)
    select path, 'pending', now() + interval '15 minutes'
    from unnest(wanted) as path
    on conflict (path)
    do update set state = excluded.state, lease_until = excluded.lease_until
    where storage_uploads.attempts = 0;
    get diagnostics announced = row_count;

    if announced < cardinality(wanted) then
        perform private.raise_invalid('{"paths": ["unavailable", {"reason": "has an object that is being removed from Storage"}]}');
    end if;
end;
$$;
grant execute on function private.announce_uploads to service_role;

-- sql/media/private/claim_storage_removals.sql

-- Each path goes to one worker, for five minutes, and then to the next if its removal was not confirmed. An object that
-- two pictures share stays until the last of them is gone.
create function private.claim_storage_removals(max_paths integer)
    returns table (path text)
    security definer
    set search_path = ''
    rows 100
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(jsonb_build_object(
        'max_paths', private.integer_fault(claim_storage_removals.max_paths, 1, 1000, required => true)
    ));

    return query
    with due as (
        select storage_uploads.path
        from private.storage_uploads
        where storage_uploads.lease_until <= now()
            and not exists (
                select
                from public.product_images
                where private.image_paths(product_images.storage_path, product_images.variants)
                    @> array[storage_uploads.path]
            )
        order by storage_uploads.lease_until
        limit claim_storage_removals.max_paths
        for update of storage_uploads skip locked
    )

    update private.storage_uploads
    set state = 'remove',
        attempts = storage_uploads.attempts + 1,
        lease_until = now() + interval '5 minutes'
    from due
    where storage_uploads.path = due.path
    returning storage_uploads.path;
end;
$$;
grant execute on function private.claim_storage_removals to service_role;

-- sql/media/private/confirm_storage_removals.sql

create function private.confirm_storage_removals(paths text[])
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    confirmed integer;
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    if confirm_storage_removals.paths is null then
        perform private.raise_invalid('{"paths": ["required"]}');
    end if;

    delete from private.storage_uploads
    where storage_uploads.path = any(confirm_storage_removals.paths);
    get diagnostics confirmed = row_count;
    return confirmed;
end;
$$;
grant execute on function private.confirm_storage_removals to service_role;

-- sql/media/triggers.sql

-- A picture kept elsewhere has no objects to follow.
create trigger follow_new_paths
    after insert on public.product_images
    for each row
    when (new.storage_path is not null or new.variants <> '[]')
    execute function private.follow_image_paths();

create trigger follow_changed_paths
    after update of storage_path, variants on public.product_images
    for each row
    when ((old.storage_path, old.variants) is distinct from (new.storage_path, new.variants))
    execute function private.follow_image_paths();

create trigger follow_deleted_paths
    after delete on public.product_images
    for each row
    when (old.storage_path is not null or old.variants <> '[]')
    execute function private.follow_image_paths();

-- sql/media/api/announce_uploads.sql

create function public.announce_uploads(paths text[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.announce_uploads(paths);
end;
$$;
comment on function public.announce_uploads is
    'For the edge, with the secret key only: says, before it uploads them, which objects (at most 100) will be in the bucket product-images. Storing a path in product_images.storage_path or .variants within 15 minutes keeps the object; else claim_storage_removals gives it out. Saying it again gives another 15 minutes. Errors: forbidden, invalid_input (also for an object whose removal has begun).';
grant execute on function public.announce_uploads to service_role;

-- sql/media/api/claim_storage_removals.sql

create function public.claim_storage_removals(max_paths integer default 100)
    returns table (path text)
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    select removals.path from private.claim_storage_removals(max_paths) as removals;
end;
$$;
comment on function public.claim_storage_removals is
    'For the edge and the jobs, with the secret key only: rows {path} of objects to remove from the bucket product-images, at most max_paths (1 to 1000): of deleted or replaced pictures, and of uploads that were abandoned. Never one that a picture has. Each is the caller''s for five minutes; confirm_storage_removals when they are gone. Errors: forbidden, invalid_input.';
grant execute on function public.claim_storage_removals to service_role;

-- sql/media/api/confirm_storage_removals.sql

create function public.confirm_storage_removals(paths text[])
    returns integer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.confirm_storage_removals(paths);
end;
$$;
comment on function public.confirm_storage_removals is
    'For the edge and the jobs, with the secret key only: these objects are gone from the bucket product-images. Also for what was announced and removed again, or never uploaded. Returns how many of them were on the list. Errors: forbidden, invalid_input.';
grant execute on function public.confirm_storage_removals to service_role;
