-- Reservations, the ledger and inventory, all from the same lines.
insert into public.stock_reservations (order_id, product_id, quantity, status, expires_at, created_at, updated_at)
select
    priced.id,
    draft_lines.product_id,
    draft_lines.quantity,
    case
        when priced.status = 'pending' then 'active'
        when priced.status = 'cancelled' then 'released'
        else 'committed'
    end,
    priced.hold_until,
    priced.placed_at,
    coalesce(priced.cancelled_at, priced.confirmed_at, priced.placed_at)
from draft_lines
inner join priced on priced.number = draft_lines.number;

create temporary table moves as
select priced.id as order_id, draft_lines.product_id, move.kind, draft_lines.quantity * move.direction as quantity, move.at
from draft_lines
inner join priced on priced.number = draft_lines.number
cross join lateral (
    values
        ('reserve', -1, priced.placed_at),
        ('sell', -1, priced.confirmed_at),
        ('release', 1, case when priced.confirmed_at is null then priced.cancelled_at end),
        ('restock', 1, case when priced.confirmed_at is not null then priced.cancelled_at end)
) as move (kind, direction, at)
where move.at is not null;
analyze moves;

-- Enough was delivered before for all of it, and for what is on the shelf now: of ten products one has nothing left.
create temporary table shelves as
select
    goods.id as product_id,
    case when goods.place % 10 = 0 then 0 else 1 + pg_temp.below(goods.place, 61, 200) end as available,
    coalesce(orders.reserved, 0) as reserved,
    coalesce(orders.sold, 0) as sold
from goods
left join (
    select
        moves.product_id,
        sum(case moves.kind when 'reserve' then -moves.quantity when 'sell' then moves.quantity when 'release' then -moves.quantity end)
            as reserved,
        -sum(moves.quantity) filter (where moves.kind in ('sell', 'restock')) as sold
    from moves
    group by moves.product_id
) as orders on orders.product_id = goods.id;

insert into public.stock_movements (product_id, quantity, kind, order_id, reason, created_at)
select movement.product_id, movement.quantity, movement.kind, movement.order_id, movement.reason, movement.at
from (
    select
        shelves.product_id,
        (shelves.available + shelves.reserved + shelves.sold)::integer as quantity,
        'receive' as kind,
        null::uuid as order_id,
        'Livraison du fournisseur' as reason,
        now() - interval '1100 days' as at
    from shelves
    where shelves.available + shelves.reserved + shelves.sold > 0

    union all

    select moves.product_id, moves.quantity, moves.kind, moves.order_id, null, moves.at
    from moves
) as movement
order by movement.at;

update public.inventory
set stock = shelves.available + shelves.reserved,
    reserved_stock = shelves.reserved
from shelves
where shelves.product_id = inventory.product_id;
