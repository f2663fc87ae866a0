-- Money that came in does not un-happen; it is given back, through refunds.
create function private.keep_paid()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.is_paid(old.status) and not private.is_paid(new.status) then
        perform private.raise_error(
            'invalid_transition',
            'A payment that was made stays made.',
            jsonb_build_object('from', old.status, 'to', new.status)
        );
    end if;
    return new;
end;
$$;
