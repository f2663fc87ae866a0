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
