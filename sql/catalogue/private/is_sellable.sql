-- Whether this very product can be bought: it is on show, and not sold as one of its variants.
create function private.is_sellable(product public.products)
    returns boolean
    stable
    set search_path = ''
    language sql
    as $$
    select exists (
            select from private.products_on_show as shown
            where shown.id = (product).id
        )
        and not exists (
            select from public.products as variants
            where variants.parent_id = (product).id and variants.deleted_at is null
        );
$$;
