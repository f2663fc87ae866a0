-- Counts a request that can write, and refuses it over its limit: orders and new products by the customer or admin who
-- sends them, an admin's other writes by admin, everybody else's by their network; the edge counts by the same keys.
-- Requests with one key never wait for each other. What fails is not counted here, because its count goes with it: the edge
-- counts that.
-- Without an address, customers are told apart by their accounts. Visitors can't be: were they one customer together,
-- five orders a minute would close the shop, so they are one address together, and only with their orders; whatever else
-- they may write counts its wrong guesses itself.
create function private.count_write(guard private.guard_settings, network inet, caller uuid, has_admin_role boolean)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    path constant text := private.request_path();
    bucket text := 'general';
    key text := coalesce(abbrev(network), caller::text);
    limit_text text := guard.general_limit;
begin
    if path = '/rpc/place_order' then
        bucket := 'orders';
        key := coalesce(caller::text, key, 'unknown');
        if caller is not null or network is not null then
            limit_text := guard.orders_limit;
        end if;
    elsif has_admin_role then
        key := caller::text;
        if path = '/products' and current_setting('request.method', true) in ('POST', 'PUT') then
            bucket := 'product_create';
            limit_text := guard.product_create_limit;
        else
            bucket := 'admin';
            limit_text := guard.admin_limit;
        end if;
    end if;

    if key is not null and not private.add_hit(bucket, key, limit_text) then
        perform private.raise_rate_limited(limit_text);
    end if;
end;
$$;
