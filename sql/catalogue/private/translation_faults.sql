-- What is wrong with a column `translations`: {"translations.en.name": reason}. `limits` are the texts there may be and
-- their longest length; names and titles are of one line.
create function private.translation_faults(translations jsonb, limits jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language sql
    as $$
    select case
        when jsonb_typeof(translations) is distinct from 'object' then
            '{"translations": "must be an object of language to texts"}'::jsonb
        else (
            select coalesce(jsonb_object_agg(fault.field, fault.reason), '{}')
            from (
                select
                    'translations.' || language.key as field,
                    case
                        when language.key !~ '^[a-z]{2,3}$' then 'is not a language code of two or three letters'
                        when jsonb_typeof(language.value) <> 'object' then 'must be an object of texts'
                    end as reason
                from jsonb_each(translations) as language

                union all

                select
                    'translations.' || language.key || '.' || text.key,
                    case
                        when not limits ? text.key then 'is not translated; known are '
                            || (select string_agg(known, ', ') from jsonb_object_keys(limits) as known)
                        when jsonb_typeof(text.value) <> 'string' then 'must be a text'
                        else private.text_fault(
                            text.value #>> '{}',
                            (limits ->> text.key)::integer,
                            required => false,
                            multiline => text.key in ('description', 'short_description')
                        )
                    end
                from jsonb_each(translations) as language
                cross join lateral jsonb_each(
                    case when jsonb_typeof(language.value) = 'object' then language.value else '{}' end
                ) as text
            ) as fault
            where fault.reason is not null
        )
    end;
$$;
