-- Has what admins and the service write to a table audited, statement by statement: which table, its primary key, which of
-- its columns are nobody's doing, and which statements; with `direct_only`, not what triggers write.
create procedure private.audit_writes(
    audited regclass,
    key text,
    left_out text[] default '{}',
    actions text[] default '{insert,update,delete}',
    direct_only boolean default false
)
    set search_path = ''
    language plpgsql
    as $$
declare
    action text;
begin
    foreach action in array audit_writes.actions loop
        execute format(
            'create trigger audit_%s after %s on %s referencing %s for each statement %s execute function private.audit(%s)',
            action,
            action,
            audit_writes.audited,
            case action
                when 'insert' then 'new table as new_rows'
                when 'update' then 'old table as old_rows new table as new_rows'
                when 'delete' then 'old table as old_rows'
            end,
            case when audit_writes.direct_only then 'when (pg_trigger_depth() = 0)' end,
            (
                select string_agg(quote_literal(argument.value), ', ' order by argument.position)
                from unnest(audit_writes.key || audit_writes.left_out) with ordinality as argument (value, position)
            )
        );
    end loop;
end;
$$;
