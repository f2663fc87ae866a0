-- Answers the request with this business error. Whoever is to wait learns how long: in Retry-After and, because some clients
-- hide headers, in details.
create function private.raise_error(
    code text,
    message text default null,
    details jsonb default null,
    hint text default null,
    retry_after_seconds integer default null
)
    returns void
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    entry private.error_codes;
    seconds integer;
begin
    select *
    into strict entry
    from private.error_codes
    where error_codes.code = raise_error.code;
    seconds := coalesce(raise_error.retry_after_seconds, entry.retry_after_seconds);

    -- PostgREST turns this SQLSTATE into exactly this answer.
    raise sqlstate 'PGRST' using
        message = jsonb_build_object(
            'code', entry.code,
            'message', coalesce(raise_error.message, entry.message),
            'details', coalesce(
                raise_error.details,
                case when seconds is not null then jsonb_build_object('retry_after', seconds) end
            )::text,
            'hint', raise_error.hint
        )::text,
        detail = jsonb_build_object(
            'status', entry.status,
            'headers', jsonb_strip_nulls(jsonb_build_object('Retry-After', seconds::text))
        )::text;
end;
$$;
grant execute on function private.raise_error to anon, authenticated, service_role;
