create function private.announce_payment_methods(methods text[])
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(jsonb_build_object(
        'methods', case
            when coalesce(cardinality(announce_payment_methods.methods), 0) = 0 then '["required"]'::jsonb
            when not announce_payment_methods.methods <@ array['stripe'] then '["one_of", "stripe"]'
        end
    ));

    -- Many edges may say it at once: one of them in a minute is enough.
    insert into private.announced_methods (method)
    select distinct said.method
    from unnest(announce_payment_methods.methods) as said (method)
    on conflict (method) do update
    set announced_at = now()
    where announced_methods.announced_at < now() - interval '1 minute';
end;
$$;
grant execute on function private.announce_payment_methods to service_role;
