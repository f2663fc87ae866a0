-- Tells the admins about an event that needs a person: money that is not what is due, that can't be kept, that nobody can
-- place, or that the customer's bank wants back.
create function private.payment_event_alerts(result text, details jsonb)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.log_security_event(
        'payment_' || payment_event_alerts.result,
        case payment_event_alerts.result
            when 'dispute_won' then 'info'
            when 'unknown_order' then 'warning'
            when 'refund_failed' then 'error'
            else 'critical'
        end,
        payment_event_alerts.details
    );
    -- Who marks a refund as due tells them; of an order that is not known there is nothing to tell.
    if payment_event_alerts.result not in ('unknown_order', 'refund_due') then
        perform private.enqueue('payment.' || payment_event_alerts.result, payment_event_alerts.details);
    end if;
end;
$$;
