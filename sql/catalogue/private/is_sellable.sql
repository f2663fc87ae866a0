-- Whether this very product can be bought.
create function private.is_sellable(product public.products)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select from private.sellable_products as sold
        where sold.id = product.id
    );
end;
$$;
