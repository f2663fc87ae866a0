insert into public.order_status_history (order_id, status, actor, created_at)
select priced.id, step.status, case when step.status in ('pending', 'cancelled') then 'customer' else 'system' end, step.at
from priced
cross join lateral (
    values
        ('pending', case when priced.status <> 'pending' then priced.placed_at end),
        ('confirmed', priced.confirmed_at),
        ('processing', case
            when priced.status = 'processing' or priced.shipped_at is not null then priced.placed_at + interval '2 hours'
        end),
        ('shipped', priced.shipped_at),
        ('delivered', priced.delivered_at),
        ('cancelled', priced.cancelled_at),
        ('refunded', priced.refunded_at)
) as step (status, at)
where step.at is not null;
