-- Amounts are in the store's currency, and so to its own unit: nothing is rounded in silence.

-- Decimals of the store's currency: 2 or 0.
create function private.store_decimals()
    returns integer
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.currency_decimals(private.setting_text('store.currency'));
end;
$$;
grant execute on function private.store_decimals to anon, authenticated, service_role;

-- The smallest amount above nothing: 0.01, or 1 where the currency has no decimals.
create function private.smallest_amount()
    returns numeric
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case private.store_decimals() when 0 then 1 else 0.01 end;
end;
$$;
grant execute on function private.smallest_amount to authenticated, service_role;

-- What is wrong with an amount; null when nothing is. The maximum is what the columns hold.
create function private.amount_fault(
    amount numeric,
    minimum numeric default 0,
    required boolean default false,
    maximum numeric default 99999999.99
)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when amount is null then case when required then '["required"]'::jsonb end
        when amount < minimum then jsonb_build_array('below', minimum)
        -- NaN and infinity are above every number.
        when amount > maximum then jsonb_build_array('above', maximum)
        -- Whole amounts suit every currency, and spare the look-up.
        when scale(trim_scale(amount)) > 0 and scale(trim_scale(amount)) > private.store_decimals()
            then jsonb_build_array('decimals', private.store_decimals())
    end;
end;
$$;
grant execute on function private.amount_fault to anon, authenticated, service_role;
