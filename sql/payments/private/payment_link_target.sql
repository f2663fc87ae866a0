-- Where a payment link leads to, and whether it still does.
create function private.payment_link_target(payment_id uuid)
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    template text := private.setting_text('payment_link.template');
begin
    return (
        select jsonb_build_object(
            'order_number', orders.order_number,
            'amount', payments.amount,
            'currency', payments.currency,
            'email', coalesce(orders.guest_email, users.email),
            'language', orders.language,
            'expires', floor(extract(epoch from payments.expires_at))::bigint,
            'template', template,
            'status', case
                when orders.status in ('cancelled', 'refunded') then 'closed'
                when private.is_paid(orders.payment_status) then 'paid'
                when payments.status not in ('pending', 'failed') or template is null then 'closed'
                when payments.expires_at > now() then 'open'
                else 'expired'
            end
        )
        from public.payments
        inner join public.orders on orders.id = payments.order_id
        left join auth.users on users.id = orders.user_id
        where payments.id = payment_link_target.payment_id
            and payments.provider = 'payment_link'
    );
end;
$$;
grant execute on function private.payment_link_target to service_role;
