-- These texts in all languages of a column `translations` ({language: {field: text}}), one after the other.
create function private.translated_text(translations jsonb, variadic fields text[])
    returns text
    immutable
    parallel safe
    set search_path = ''
    -- The planner would rather plan for each number of fields anew, which takes longer than the work.
    set plan_cache_mode = force_generic_plan
    language plpgsql
    as $$
begin
    if translated_text.translations is null or translated_text.translations = '{}' then
        return null;
    end if;
    return (
        select string_agg(text.value, ' ' order by language.key, text.key)
        from jsonb_each(translations) as language
        cross join lateral jsonb_each_text(
            case when jsonb_typeof(language.value) = 'object' then language.value else '{}' end
        ) as text
        where text.key = any(fields)
    );
end;
$$;
