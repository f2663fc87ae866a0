-- What is wrong with the entries of an array whose entries are texts of this kind; null when nothing is.
create function private.setting_entries_fault(kind text, entries jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        (
            select case
                when jsonb_typeof(entry.value) <> 'string'
                    then '["not_array", {"reason": "must be an array of strings"}]'::jsonb
                else private.fault_with_reason(
                    private.setting_text_fault(kind, entry.value #>> '{}'),
                    format('holds %s, which %%s', left(entry.value::text, 50))
                )
            end
            from jsonb_array_elements(entries) with ordinality as entry (value, place)
            where jsonb_typeof(entry.value) <> 'string'
                or private.setting_text_fault(kind, entry.value #>> '{}') is not null
            order by entry.place
            limit 1
        ),
        (
            select '["duplicate", {"reason": "holds an entry twice"}]'::jsonb
            from jsonb_array_elements(entries) as entry (value)
            having count(*) > count(distinct entry.value)
        )
    );
end;
$$;

-- The same for an object of label to text.
create function private.setting_labels_fault(labels jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select coalesce(
            private.fault_with_reason(
                private.text_fault(label.key, 50, required => true),
                format('holds the label "%s", which %%s', left(label.key, 50))
            ),
            case
                when jsonb_typeof(label.value) <> 'string' then '["not_object", {"reason": "must be an object of label to string"}]'::jsonb
                else private.fault_with_reason(
                    private.text_fault(label.value #>> '{}', 100, required => true),
                    format('holds a value of "%s" that %%s', left(label.key, 50))
                )
            end
        )
        from jsonb_each(labels) as label
        where jsonb_typeof(label.value) <> 'string'
            or private.text_fault(label.key, 50, required => true) is not null
            or private.text_fault(label.value #>> '{}', 100, required => true) is not null
        order by label.key
        limit 1
    );
end;
$$;
