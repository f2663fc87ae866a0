create function private.validate_product_image()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'product_id', case when new.product_id is null then 'is required' end,
        'url', case
            when new.url is null then 'is required'
            when new.url !~ '^https?://\S+$' or char_length(new.url) > 2000 then 'must be an http or https address'
        end,
        'alt', private.text_fault(new.alt, 300),
        'width', case when new.width <= 0 then 'must be above 0' end,
        'height', case when new.height <= 0 then 'must be above 0' end
    )));
    return new;
end;
$$;
