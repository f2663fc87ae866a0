-- Makes messages of what is in the outbox, oldest first and a bounded number at once, for every channel that somebody reads.
create function private.address_messages()
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    notifications_webhook constant text := private.setting_text('notifications.webhook_url');
    alerts_webhook constant text := private.setting_text('alerts.webhook_url');
    alerts_email constant text := private.setting_text('alerts.email');
begin
    with taken as (
        delete from private.outbox
        where outbox.id = any(array(
            select waiting.id
            from private.outbox as waiting
            order by waiting.id
            limit 500
            for update skip locked
        ))
        returning
            outbox.id,
            outbox.topic,
            coalesce(outbox.order_id, private.to_uuid(outbox.payload ->> 'order_id')) as order_id,
            outbox.payload,
            outbox.created_at
    )

    insert into private.messages (topic, order_id, payload, channel, receiver, created_at)
    select taken.topic, taken.order_id, taken.payload, addressed.channel, addressed.receiver, taken.created_at
    from taken
    left join private.message_topics on message_topics.topic = taken.topic
    left join public.orders on orders.id = taken.order_id
    left join auth.users on users.id = orders.user_id
    cross join lateral (
        values
            (
                'email',
                case message_topics.audience
                    when 'customer' then coalesce(orders.guest_email, users.email)
                    when 'staff' then alerts_email
                end
            ),
            ('webhook', case message_topics.audience when 'staff' then alerts_webhook else notifications_webhook end)
    ) as addressed (channel, receiver)
    where addressed.receiver is not null
    order by taken.id;
end;
$$;
