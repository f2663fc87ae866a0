-- What policies can't say: a token outlives its user, and then the foreign key would. Whose list it is, and whether the
-- product is on show, is theirs to refuse.
create function private.validate_wishlist()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if new.user_id = private.caller_id() and not exists (select from auth.users where users.id = new.user_id) then
        perform private.raise_error('unauthenticated');
    end if;
    if private.is_service() then
        perform private.raise_invalid(jsonb_build_object(
            'user_id', case
                when new.user_id is null then '["required"]'::jsonb
                when not exists (select from auth.users where users.id = new.user_id)
                    then '["unknown", {"reason": "is not a user"}]'
            end,
            'product_id', case
                when new.product_id is null then '["required"]'::jsonb
                when not exists (select from public.products where products.id = new.product_id)
                    then '["unknown", {"reason": "is not a product"}]'
            end
        ));
    end if;
    return new;
end;
$$;
