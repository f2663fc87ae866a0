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

create trigger validate
    before insert or update on public.categories
    for each row execute function private.validate_category();

create trigger validate
    before insert or update on public.category_attributes
    for each row execute function private.validate_category_attribute();

create trigger validate
    before insert or update on public.products
    for each row execute function private.validate_product();

create trigger validate
    before insert or update on public.product_images
    for each row execute function private.validate_product_image();

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

create trigger learn_words_of_new
    after insert on public.products
    referencing new table as written
    for each statement execute function private.learn_words();

create trigger learn_words_of_changed
    after update on public.products
    referencing new table as written
    for each statement execute function private.learn_words();

create trigger follow_store_currency
    after update of value on public.system_settings
    for each row
    when (new.key = 'store.currency' and new.value is distinct from old.value)
    execute function private.follow_store_currency();
