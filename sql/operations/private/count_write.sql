-- Counts a request that can write, and refuses it over its limit: orders and new products by the customer or admin who
-- sends them, an admin's other writes by admin, everybody else's by address. Requests with one key never wait for each
-- other. What fails is not counted here, because its count goes with it: the edge counts that.
-- Without an address, customers are told apart by their accounts. Visitors can't be: were they one customer together,
-- five orders a minute would close the shop, so they are one address together, and only with their orders; whatever else
-- they may write counts its wrong guesses itself.
create function private.count_write(caller_ip inet, limits jsonb)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.caller_id();
    path text := private.request_path();
    bucket text;
    key text;
    limit_text text;
begin
    if path = '/rpc/place_order' then
        bucket := 'orders';
        key := coalesce(caller::text, host(caller_ip), 'unknown');
        limit_text := limits ->> case when key = 'unknown' then 'rate_limits.general' else 'rate_limits.orders' end;
    elsif caller is not null and path = '/products' and current_setting('request.method', true) in ('POST', 'PUT') then
        bucket := 'product_create';
        key := caller::text;
        limit_text := limits ->> 'rate_limits.product_create';
    elsif caller is not null and private.is_admin() then
        bucket := 'admin';
        key := caller::text;
        limit_text := limits ->> 'rate_limits.admin';
    else
        bucket := 'general';
        key := coalesce(host(caller_ip), caller::text);
        limit_text := limits ->> 'rate_limits.general';
    end if;

    if key is not null and not private.count_hit(bucket, key, limit_text) then
        perform private.raise_rate_limited(limit_text);
    end if;
end;
$$;
