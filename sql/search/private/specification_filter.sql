-- A filter on specifications, {key: value or array of values}, as a condition on rows of products named `alias`. Values
-- are compared as text, number or boolean alike: a frontend's filter often comes out of a URL.
create function private.specification_filter(alias text, specifications jsonb)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select string_agg(
            format(
                '(%s)',
                (
                    select string_agg(
                        format('%I.specifications @> %L', alias, jsonb_build_object(wanted.key, form.value)),
                        ' or '
                    )
                    from jsonb_array_elements(
                        case when jsonb_typeof(wanted.value) = 'array' then wanted.value else jsonb_build_array(wanted.value) end
                    ) as given
                    cross join lateral (
                        select given as value

                        union

                        select to_jsonb(given #>> '{}')

                        union

                        select (given #>> '{}')::jsonb
                        where given #>> '{}' ~ '^(-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?|true|false)$'
                    ) as form
                )
            ),
            ' and '
        )
        from jsonb_each(specifications) as wanted
    );
end;
$$;
