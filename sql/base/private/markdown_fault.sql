-- Markdown may link, but only to where a reader can be sent.

-- The scheme of a link's target as a browser reads it after Markdown did, in lower case: entities and backslash escapes are
-- read, blanks and control characters dropped; null for a relative address.
create function private.link_scheme(target text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    decoded text := target;
begin
    if decoded ~ '[&\\]' then
        decoded := (
            select string_agg(
                case
                    -- Only ASCII can be part of a scheme, so whatever else an entity stands for is no matter.
                    when part.text[1] ~* '^&#x0*([1-7][0-9a-f]|[1-9a-f]);?$'
                        then chr(get_byte(decode(lpad(substring(part.text[1] from '(?i)x0*([0-9a-f]+)'), 2, '0'), 'hex'), 0))
                    when part.text[1] ~ '^&#0*([1-9]|[1-9][0-9]|1[01][0-9]|12[0-7]);?$'
                        then chr(substring(part.text[1] from '[1-9][0-9]*')::integer)
                    when lower(part.text[1]) = '&colon;' then ':'
                    when lower(part.text[1]) = '&period;' then '.'
                    when lower(part.text[1]) = '&plus;' then '+'
                    when lower(part.text[1]) in ('&tab;', '&newline;', '&nbsp;') then ' '
                    when part.text[1] ~ '^\\.' then substr(part.text[1], 2)
                    else part.text[1]
                end,
                '' order by part.position
            )
            from regexp_matches(decoded, '&#x[0-9a-f]+;?|&#[0-9]+;?|&[a-z]+;|\\[!-/:-@[-`{-~]|[^&\\]+|.', 'gi')
                with ordinality as part (text, position)
        );
    end if;
    return substring(
        lower(regexp_replace(private.without_invisible(decoded), '[\u0001-\u0020\u007f-\u00a0\u2000-\u200a\u202f\u3000]', '', 'g'))
        from '^([a-z][a-z0-9+.-]*):.'
    );
end;
$$;

-- What is wrong with a text in Markdown; null when nothing is. Links, pictures, reference definitions and autolinks may go to
-- http, https, mailto, tel and relative addresses. Elements of HTML are refused everywhere, code spans included: what a
-- renderer takes for code is not for the database to know.
create function private.markdown_fault(value text, max_length integer, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    fault jsonb;
begin
    if value is null or position('<' in value) = 0 and position(']' in value) = 0 then
        return private.text_fault(value, max_length, required, multiline => true);
    end if;

    -- Autolinks aside, because an address may hold what would be an attribute in a tag.
    fault := case
        when char_length(value) > max_length then jsonb_build_array('too_long', max_length)
        else private.text_fault(
            regexp_replace(value, '<(https?://|mailto:|tel:)[^\s<>]*>', '<>', 'gi'),
            max_length,
            required,
            multiline => true
        )
    end;
    if fault is null and exists (
        select
        from (
            -- What follows each `](` and `]:`, so that no link hides in the target of another.
            select coalesce(substring(after.piece from '^\s*<([^>\n]*)'), substring(after.piece from '^\s*(\S+)')) as target
            from regexp_split_to_table(value, '\][(:]') with ordinality as after (piece, position)
            where after.position > 1
            union all
            select link.target[1]
            from regexp_matches(value, '<([A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*)>', 'g') as link (target)
        ) as links
        where private.link_scheme(links.target) not in ('http', 'https', 'mailto', 'tel')
    ) then
        fault := '["markup"]';
    end if;
    return fault;
end;
$$;
grant execute on function private.markdown_fault to authenticated, service_role;
