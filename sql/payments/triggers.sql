create trigger set_updated_at
    before update on public.payments
    for each row execute function private.set_updated_at();

create trigger keep_paid
    before update of status on public.payments
    for each row execute function private.keep_paid();

create trigger set_updated_at
    before update on public.refunds
    for each row execute function private.set_updated_at();

create trigger fill_refund
    before insert or update on public.refunds
    for each row execute function private.fill_refund();

create trigger follow_refund
    after insert or update of status, amount on public.refunds
    for each row execute function private.follow_refund();

call private.audit_writes('public.payments', 'id', actions => array['insert', 'update']);
call private.audit_writes('public.refunds', 'id', actions => array['insert', 'update']);
