create function private.validate_product()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new := private.complete_product(new);
    perform private.raise_invalid(private.product_faults(new, old));
    return new;
end;
$$;
