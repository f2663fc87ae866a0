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
