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
