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
