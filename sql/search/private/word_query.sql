-- What a normalised word of a search looks for: itself, words it begins, and its stems, each form once, lest the planner take
-- it for many. `weights` limits it to some of the weights of private.search_document; empty for all.
create function private.word_query(word text, weights text default '')
    returns tsquery
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    quoted constant text := quote_literal(word);
    forms tsquery := to_tsquery('pg_catalog.simple', quoted || ':*' || weights);
    stem tsquery;
begin
    foreach stem in array array[
        to_tsquery('pg_catalog.french', quoted || ':' || weights),
        to_tsquery('pg_catalog.english', quoted || ':' || weights),
        to_tsquery('pg_catalog.arabic', quoted || ':' || weights)
    ] loop
        if numnode(stem) > 0 and not forms @> stem then
            forms := forms || stem;
        end if;
    end loop;
    return forms;
end;
$$;
