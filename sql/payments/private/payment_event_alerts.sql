-- Tells the admins about an event that needs a person: money that is not what is due, that can't be kept, or that nobody
-- can place.
create function private.payment_event_alerts(result text, details jsonb)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.log_security_event(
        'payment_' || payment_event_alerts.result,
        case payment_event_alerts.result when 'unknown_order' then 'warning' else 'critical' end,
        payment_event_alerts.details
    );
    if payment_event_alerts.result = 'mismatch' then
        perform private.enqueue('payment.mismatch', payment_event_alerts.details);
    end if;
end;
$$;
