create function private.set_updated_at()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.updated_at := now();
    return new;
end;
$$;
