-- What is wrong with an SKU; null when nothing is.
create function private.sku_fault(value text)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null or value = '' then '["required"]'::jsonb
        when char_length(value) > 50 then '["too_long", 50]'
        when value !~ '^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$'
            then '["pattern", "TEA-100", {"reason": "must be letters and digits, with . _ / - between them"}]'
    end;
end;
$$;
