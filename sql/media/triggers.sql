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
