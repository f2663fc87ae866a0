-- Where an announced object is not attached within 15 minutes, its upload was abandoned.
create function private.announce_uploads(paths text[])
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    wanted text[];
    announced integer;
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    select array_agg(distinct path order by path)
    into wanted
    from unnest(announce_uploads.paths) as path;
    perform private.raise_invalid(jsonb_build_object('paths', case
        when wanted is null then '["required"]'::jsonb
        when cardinality(announce_uploads.paths) > 100 then '["too_many", 100]'
        when array_position(wanted, null) is not null then '["required", {"reason": "has an empty entry"}]'
        else (
            select private.fault_with_reason(private.storage_path_fault(path), path || ' %s')
            from unnest(wanted) as path
            where private.storage_path_fault(path) is not null
            order by path
            limit 1
        )
    end));

    insert into private.storage_uploads (path, state, lease_until)
    select path, 'pending', now() + interval '15 minutes'
    from unnest(wanted) as path
    on conflict (path)
    do update set state = excluded.state, lease_until = excluded.lease_until
    where storage_uploads.attempts = 0;
    get diagnostics announced = row_count;

    if announced < cardinality(wanted) then
        perform private.raise_invalid('{"paths": ["unavailable", {"reason": "has an object that is being removed from Storage"}]}');
    end if;
end;
$$;
grant execute on function private.announce_uploads to service_role;
