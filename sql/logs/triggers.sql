-- A partition has its own triggers for statements that name it; those for rows it takes over from its table.
create trigger append_only
    before update or truncate on public.audit_logs
    for each statement execute function private.refuse_change();

create trigger append_only
    before update or truncate on private.audit_logs_default
    for each statement execute function private.refuse_change();

create trigger keep_until_retention
    before delete on public.audit_logs
    for each row execute function private.keep_until_retention('retention.audit_logs_days');

create trigger append_only
    before update or truncate on public.security_logs
    for each statement execute function private.refuse_change();

create trigger append_only
    before update or truncate on private.security_logs_default
    for each statement execute function private.refuse_change();

create trigger keep_until_retention
    before delete on public.security_logs
    for each row execute function private.keep_until_retention('retention.security_logs_days');
