-- What is wrong with a column `translations`: {"translations.en.name": fault}. `limits` are the texts there may be and
-- their longest length; names and titles are of one line, and descriptions may be Markdown.
create function private.translation_faults(translations jsonb, limits jsonb, markdown boolean default false)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(translation_faults.translations) is distinct from 'object' then
        return '{"translations": ["not_object"]}'::jsonb;
    end if;
    if translation_faults.translations = '{}' then
        return '{}'::jsonb;
    end if;

    return (
        select coalesce(jsonb_object_agg(found.field, found.fault), '{}')
        from (
            select
                'translations.' || language.key as field,
                case
                    when language.key !~ '^[a-z]{2,3}$'
                        then '["pattern", "ar", {"reason": "is not a language code of two or three letters"}]'::jsonb
                    when jsonb_typeof(language.value) <> 'object' then '["not_object"]'
                end as fault
            from jsonb_each(translation_faults.translations) as language

            union all

            select
                'translations.' || language.key || '.' || text.key,
                case
                    when not limits ? text.key then '["unknown_key"]'::jsonb
                    when jsonb_typeof(text.value) <> 'string' then '["pattern", "text", {"reason": "must be a text"}]'
                    when translation_faults.markdown and text.key = 'description'
                        then private.markdown_fault(text.value #>> '{}', (limits ->> text.key)::integer)
                    else private.text_fault(
                        text.value #>> '{}',
                        (limits ->> text.key)::integer,
                        multiline => text.key in ('description', 'short_description')
                    )
                end
            from jsonb_each(translation_faults.translations) as language
            cross join lateral jsonb_each(
                case when jsonb_typeof(language.value) = 'object' then language.value else '{}' end
            ) as text
        ) as found
        where found.fault is not null
    );
end;
$$;
