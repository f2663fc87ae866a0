-- What a search asks for, normalised, in order, each once, at most 16: its words, and numbers with their unit as one
-- ("500 g" is 500g; see private.search_text).
create function private.search_terms(q text)
    returns text[]
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    unit constant text :=
        '^([mck]?g|gr|[mcdh]?l|[mcdk]?m|m[23]|k?wh?|m?v|m?ah|[kmg]?hz|[kmgt][ob]|px|mp|po|pouces?|inch|ft|oz|lbs?|bar|psi|lm'
        || '|غ|غرام|كغ?|كلغ|كيلو|ملغ|لتر|ل|مل|سم|مم|م|متر|كم|بوصه|انش|واط|فولت|جيجا)$';
    word text;
    number text;
    terms text[] := '{}'::text[];
begin
    foreach word in array array_remove(string_to_array(private.normalise(search_terms.q), ' '), '') loop
        if number is not null and word ~ unit then
            terms := array_remove(terms, number);
            word := number || word;
        end if;
        number := case when word ~ '^[0-9]+(ø[0-9]+)?$' then word end;
        if word <> all(terms) then
            terms := terms || word;
        end if;
    end loop;
    return terms[:16];
end;
$$;
