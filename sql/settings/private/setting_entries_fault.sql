-- What is wrong with the entries of an array whose entries are texts of this kind; null when nothing is.
create function private.setting_entries_fault(kind text, entries jsonb)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select coalesce(
        (
            select case
                when jsonb_typeof(entry.value) <> 'string' then 'must be an array of strings'
                else format('holds %s, which %s', left(entry.value::text, 50), private.setting_text_fault(kind, entry.value #>> '{}'))
            end
            from jsonb_array_elements(entries) with ordinality as entry (value, place)
            where jsonb_typeof(entry.value) <> 'string'
                or private.setting_text_fault(kind, entry.value #>> '{}') is not null
            order by entry.place
            limit 1
        ),
        (
            select 'holds an entry twice'
            from jsonb_array_elements(entries) as entry (value)
            having count(*) > count(distinct entry.value)
        )
    );
$$;
