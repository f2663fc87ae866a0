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
