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
    after update of category_id, name, brand, short_description, description, translations on public.products
    for each row
    when (old.parent_id is null and new.parent_id is null)
    execute function private.pass_on_to_variants();
