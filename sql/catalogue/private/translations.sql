-- What is wrong with translations {language: {field: text}}; `fields` are the known ones with their longest length.
create function private.translation_faults(translations jsonb, fields jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(translation_faults.translations) is distinct from 'object' then
        return '{"translations": "must be an object of language to texts"}';
    end if;

    return coalesce((
        select jsonb_object_agg(fault.field, fault.reason)
        from (
            select
                'translations.' || left(language.key, 20) as field,
                case
                    when not private.setting('store.languages') ? language.key then 'is not a language of the store (store.languages)'
                    when jsonb_typeof(language.value) <> 'object' then 'must be an object of field to text'
                end as reason
            from jsonb_each(translation_faults.translations) as language
            union all
            select
                'translations.' || left(language.key, 20) || '.' || left(text.key, 50),
                case
                    when not translation_faults.fields ? text.key then 'cannot be translated'
                    when jsonb_typeof(text.value) not in ('string', 'null') then 'must be a string'
                    else private.text_fault(
                        text.value #>> '{}',
                        (translation_faults.fields ->> text.key)::integer,
                        multiline => text.key like '%description'
                    )
                end
            from jsonb_each(translation_faults.translations) as language
            cross join lateral jsonb_each(
                case when jsonb_typeof(language.value) = 'object' then language.value else '{}'::jsonb end
            ) as text
        ) as fault
        where fault.reason is not null
    ), '{}'::jsonb);
end;
$$;

-- The language a request asks for: the first of Accept-Language that the store has.
create function private.request_language()
    returns text
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select split_part(btrim(wanted.tag), '-', 1)
    from regexp_split_to_table(
        lower(regexp_replace(left(private.request_header('accept-language'), 200), ';[^,]*', '', 'g')), ','
    ) with ordinality as wanted (tag, position)
    where private.setting('store.languages') ? split_part(btrim(wanted.tag), '-', 1)
    order by wanted.position
    limit 1;
$$;
grant execute on function private.request_language to anon, authenticated, service_role;
