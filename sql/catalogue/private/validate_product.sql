create function private.validate_product()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new := private.complete_product(new);
    new.is_parent_on_show := new.parent_id is null
        or not exists (select from private.hidden_products as hidden where hidden.product_id = new.parent_id);
    perform private.raise_invalid(private.product_faults(new, old));
    return new;
end;
$$;
