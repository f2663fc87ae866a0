create trigger set_updated_at
    before update on public.categories
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.category_attributes
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.products
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.product_images
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.product_costs
    for each row execute function private.set_updated_at();

create trigger lock_catalogue
    before insert or update or delete on public.categories
    for each statement execute function private.lock_catalogue();

create trigger lock_catalogue
    before insert or update on public.products
    for each statement execute function private.lock_catalogue();

create trigger lock_catalogue
    before insert or update or delete on public.product_images
    for each statement execute function private.lock_catalogue();

create trigger validate
    before insert or update on public.categories
    for each row execute function private.validate_category();

create trigger validate
    before insert or update on public.category_attributes
    for each row execute function private.validate_category_attribute();

create trigger validate
    before insert or update on public.products
    for each row execute function private.validate_product();

-- Not what triggers write: it is right, and a category that is hidden takes tens of thousands of pictures along.
create trigger validate
    before insert or update on public.product_images
    for each row
    when (pg_trigger_depth() = 0)
    execute function private.validate_product_image();

create trigger validate
    before insert or update on public.product_costs
    for each row execute function private.validate_product_cost();

create trigger validate
    before insert on public.wishlists
    for each row execute function private.validate_wishlist();

create trigger keep_used
    before delete on public.categories
    for each row execute function private.keep_used_category();

create trigger follow_hidden_categories
    after insert or delete or update of parent_id, is_active on public.categories
    for each statement execute function private.follow_hidden_categories();

create trigger choose_primary
    after delete on public.product_images
    referencing old table as former
    for each statement execute function private.choose_primary_images();

-- Not where validate makes room for a new primary picture.
create trigger choose_primary_again
    after update on public.product_images
    referencing old table as former
    for each statement
    when (pg_trigger_depth() = 0)
    execute function private.choose_primary_images();

create trigger write_price_history
    after insert on public.products
    referencing new table as after_rows
    for each statement execute function private.write_price_history();

create trigger write_price_history_again
    after update on public.products
    referencing old table as before_rows new table as after_rows
    for each statement execute function private.write_price_history();

create trigger pass_on_to_variants
    after update on public.products
    for each row
    when (
        new.parent_id is null
        and (
            old.category_id, old.name, old.short_description, old.description, old.brand, old.meta_title, old.meta_description,
            old.weight, old.translations, old.specifications
        ) is distinct from (
            new.category_id, new.name, new.short_description, new.description, new.brand, new.meta_title, new.meta_description,
            new.weight, new.translations, new.specifications
        )
    )
    execute function private.pass_on_to_variants();

create trigger follow_store_currency
    after update of value on public.system_settings
    for each row
    when (new.key = 'store.currency' and new.value is distinct from old.value)
    execute function private.follow_store_currency();

create trigger follow_hidden_products_of_new
    after insert on public.products
    referencing new table as new_rows
    for each statement execute function private.follow_hidden_products();

create trigger follow_hidden_products_of_changed
    after update on public.products
    referencing old table as old_rows new table as new_rows
    for each statement execute function private.follow_hidden_products();

call private.audit_writes('public.products', 'id', left_out => array['is_parent_on_show']);
call private.audit_writes('public.categories', 'id');
call private.audit_writes('public.category_attributes', 'id');
call private.audit_writes('public.product_images', 'id', left_out => array['is_on_show'], direct_only => true);
call private.audit_writes('public.product_costs', 'product_id');
