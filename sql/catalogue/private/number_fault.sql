-- What is wrong with a number that is no amount of money (see private.amount_fault); null when nothing is.
create function private.number_fault(
    value numeric,
    minimum numeric,
    maximum numeric,
    decimals integer default 0,
    required boolean default false
)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null then case when required then '["required"]'::jsonb end
        when value = 'NaN' then '["not_number"]'
        when value < minimum then jsonb_build_array('below', minimum)
        when value > maximum then jsonb_build_array('above', maximum)
        when value <> round(value, decimals)
            then case decimals when 0 then '["not_integer"]'::jsonb else jsonb_build_array('decimals', decimals) end
    end;
end;
$$;
