-- Composed from sql/coupons by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/coupons/coupons.sql

-- Columns are wider than what they may hold: a narrow one would round an amount, or fail, before any trigger could say what
-- is wrong with it.
create table public.coupons (
    id uuid primary key default gen_random_uuid(),
    code text not null,
    description text,
    discount_type text not null,
    discount_value numeric not null,
    min_order_amount numeric,
    max_discount_amount numeric,
    usage_limit bigint,
    usage_limit_per_user bigint,
    usage_count integer not null default 0,
    starts_at timestamptz,
    expires_at timestamptz,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint coupons_discount_type_known check (discount_type in ('percentage', 'fixed', 'free_shipping')),
    constraint coupons_discount_value_range check (
        case discount_type
            when 'percentage' then discount_value > 0 and discount_value <= 100
            when 'fixed' then discount_value > 0
            else discount_value = 0
        end
    ),
    constraint coupons_min_order_amount_positive check (min_order_amount > 0),
    constraint coupons_max_discount_amount_positive check (max_discount_amount > 0),
    constraint coupons_usage_limit_positive check (usage_limit > 0),
    constraint coupons_usage_limit_per_user_positive check (usage_limit_per_user > 0),
    constraint coupons_usage_count_not_negative check (usage_count >= 0),
    constraint coupons_window_ordered check (expires_at > starts_at)
);
create unique index coupons_code_key on public.coupons (lower(code));

comment on table public.coupons is 'Discount codes. Only admins read them; customers ask rpc/validate_coupon.';
comment on column public.coupons.code is 'Letters, digits, - and _; upper and lower case are the same code. Blanks and invisible characters around it are dropped.';
comment on column public.coupons.discount_type is 'percentage | fixed | free_shipping.';
comment on column public.coupons.discount_value is
    'Per cent (above 0, at most 100), an amount in the store''s currency, or 0 for free_shipping.';
comment on column public.coupons.min_order_amount is 'Smallest subtotal before discount, in the store''s currency.';
comment on column public.coupons.max_discount_amount is 'Largest discount on one order, in the store''s currency.';
comment on column public.coupons.usage_limit is 'Orders that may use it in all; null means any number.';
comment on column public.coupons.usage_limit_per_user is 'Orders of one customer that may use it; null means any number.';
comment on column public.coupons.usage_count is 'Orders that use it now; kept by checkout and cancellation.';

-- sql/coupons/coupon_usage.sql

create table public.coupon_usage (
    id uuid primary key default gen_random_uuid(),
    coupon_id uuid not null references public.coupons on delete restrict,
    order_id uuid not null,
    user_id uuid references auth.users on delete set null,
    email text,
    discount_amount numeric(10, 2) not null,
    created_at timestamptz not null default now(),
    constraint coupon_usage_coupon_order_unique unique (coupon_id, order_id),
    constraint coupon_usage_discount_amount_not_negative check (discount_amount >= 0),
    constraint coupon_usage_email_lower check (email = lower(email))
);
create index coupon_usage_user_id_idx on public.coupon_usage (user_id, coupon_id);
create index coupon_usage_email_idx on public.coupon_usage (email, coupon_id);
create index coupon_usage_order_id_idx on public.coupon_usage (order_id);

comment on table public.coupon_usage is 'One row for each order that uses a coupon; gone when the order is cancelled.';
comment on column public.coupon_usage.email is
    'The guest''s e-mail or the account''s confirmed one, in lower case: the customer is the person.';

-- sql/coupons/private/coupon_discount.sql

-- What a coupon takes off a subtotal, rounded half up to the currency's own unit, never above the subtotal.
create function private.coupon_discount(coupon public.coupons, subtotal numeric)
    returns numeric
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return least(
        case coupon.discount_type
            when 'percentage' then round(subtotal * coupon.discount_value / 100, private.store_decimals())
            when 'fixed' then coupon.discount_value
            else 0.00
        end,
        coupon.max_discount_amount,
        subtotal
    )::numeric(10, 2);
end;
$$;

-- sql/coupons/private/coupon_uses_of.sql

-- How often one customer uses a coupon: by account, and by the e-mail that is theirs.
create function private.coupon_uses_of(coupon_id uuid, user_id uuid, email text)
    returns bigint
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select count(*)
        from public.coupon_usage
        where coupon_usage.coupon_id = coupon_uses_of.coupon_id
            and (
                coupon_usage.user_id = coupon_uses_of.user_id
                or coupon_usage.email = lower(coupon_uses_of.email)
            )
    );
end;
$$;

-- sql/coupons/private/check_coupon.sql

-- Why a coupon can't be used for this subtotal by this customer: an error code without `coupon_`; null when it can.
-- A forecast, made before any lock: redeem_coupon has the last word.
create function private.check_coupon(coupon public.coupons, subtotal numeric, user_id uuid, email text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when coupon.id is null or not coupon.is_active then 'invalid'
        when coupon.starts_at > now() then 'not_started'
        when coupon.expires_at <= now() then 'expired'
        when coupon.usage_count >= coupon.usage_limit then 'exhausted'
        when private.coupon_uses_of(coupon.id, user_id, email) >= coupon.usage_limit_per_user then 'already_used'
        when subtotal < coupon.min_order_amount then 'min_amount'
    end;
end;
$$;

-- sql/coupons/private/redeem_coupon.sql

-- Counts one use. The conditional update both checks the limit and takes the coupon's row lock, so the customer's own
-- uses are counted with nobody else redeeming beside.
create function private.redeem_coupon(coupon_id uuid, order_id uuid, user_id uuid, email text, discount_amount numeric)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    coupon public.coupons;
begin
    update public.coupons
    set usage_count = coupons.usage_count + 1
    where coupons.id = redeem_coupon.coupon_id
        and coupons.is_active
        and (coupons.usage_limit is null or coupons.usage_count < coupons.usage_limit)
    returning * into coupon;

    if not found then
        perform private.raise_error('coupon_exhausted');
    end if;
    if private.coupon_uses_of(coupon.id, redeem_coupon.user_id, redeem_coupon.email) >= coupon.usage_limit_per_user then
        perform private.raise_error('coupon_already_used');
    end if;

    insert into public.coupon_usage (coupon_id, order_id, user_id, email, discount_amount)
    values (
        coupon.id,
        redeem_coupon.order_id,
        redeem_coupon.user_id,
        lower(redeem_coupon.email),
        redeem_coupon.discount_amount
    );
end;
$$;

-- sql/coupons/private/return_coupons.sql

-- Gives the orders' uses of their coupons back. The coupons' rows are locked before the usage rows, as in redeem_coupon, and in
-- one order.
create function private.return_coupons(order_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform coupons.id
    from public.coupons
    where coupons.id in (
        select coupon_usage.coupon_id
        from public.coupon_usage
        where coupon_usage.order_id = any(return_coupons.order_ids)
    )
    order by coupons.id
    for no key update;
    if not found then
        return;
    end if;

    with returned as (
        delete from public.coupon_usage
        where coupon_usage.order_id = any(return_coupons.order_ids)
        returning coupon_usage.coupon_id
    )

    update public.coupons
    set usage_count = coupons.usage_count - counted.uses
    from (
        select returned.coupon_id, count(*) as uses
        from returned
        group by returned.coupon_id
    ) as counted
    where coupons.id = counted.coupon_id;
end;
$$;

-- sql/coupons/private/clean_code.sql

-- A code as it is compared, but for its case: without the blanks around it and the invisible characters that come along when
-- it is copied from a mail; null when nothing is left.
create function private.clean_code(code text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.trimmed(private.without_invisible(code));
end;
$$;
grant execute on function private.clean_code to authenticated, service_role;

-- sql/coupons/private/validate_coupon.sql

-- Answers instead of raising, so that a wrong guess commits and counts.
create function private.validate_coupon(code text, subtotal numeric)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller constant uuid := private.caller_id();
    guesser constant text := private.guesser();
    guess_limit constant text := private.setting_text('rate_limits.coupons');
    wanted constant text := private.clean_code(validate_coupon.code);
    coupon public.coupons;
    reason text;
begin
    perform private.raise_invalid(jsonb_build_object(
        'subtotal', private.amount_fault(validate_coupon.subtotal, required => true)
    ));
    if private.is_over_limit('coupon', guesser, guess_limit) then
        perform private.raise_rate_limited(guess_limit);
    end if;

    select *
    into coupon
    from public.coupons
    where lower(coupons.code) = lower(wanted);

    reason := private.check_coupon(coupon, validate_coupon.subtotal, caller, private.confirmed_email(caller));
    if reason is not null then
        perform private.count_hit('coupon', guesser, guess_limit);
    end if;

    return jsonb_build_object(
        'valid', reason is null,
        'code', coalesce(coupon.code, left(wanted, 50)),
        'discount_type', case when reason is null then coupon.discount_type end,
        'discount_amount', case when reason is null then private.coupon_discount(coupon, validate_coupon.subtotal) else 0 end,
        'reason', reason
    );
end;
$$;
grant execute on function private.validate_coupon to anon, authenticated, service_role;

-- sql/coupons/private/validate_coupon_row.sql

create function private.validate_coupon_row()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
declare
    smallest constant numeric := private.smallest_amount();
begin
    new.code := private.clean_code(new.code);
    new.description := private.trimmed(new.description);

    perform private.raise_invalid(jsonb_build_object(
        'code', case
            when new.code is null then '["required"]'::jsonb
            when new.code !~ '^[A-Za-z0-9][A-Za-z0-9_-]{1,49}$'
                then '["pattern", "BIENVENUE10", {"reason": "must be 2 to 50 letters, digits, - or _"}]'
        end,
        'description', private.text_fault(new.description, 500, multiline => true),
        'discount_type', case
            when new.discount_type is null then '["required"]'::jsonb
            when new.discount_type not in ('percentage', 'fixed', 'free_shipping')
                then '["one_of", "percentage", "fixed", "free_shipping"]'
        end,
        'discount_value', case
            when new.discount_value is null then '["required"]'::jsonb
            when new.discount_type = 'fixed' then private.amount_fault(new.discount_value, minimum => smallest)
            when new.discount_type = 'free_shipping' and new.discount_value <> 0
                then '["above", 0, {"reason": "must be 0 for free_shipping"}]'
            when new.discount_type = 'percentage' then case
                when new.discount_value < 0.01 then '["below", 0.01]'::jsonb
                when new.discount_value > 100 then '["above", 100]'
                when round(new.discount_value, 2) <> new.discount_value then '["decimals", 2]'
            end
        end,
        'min_order_amount', private.amount_fault(new.min_order_amount, minimum => smallest),
        'max_discount_amount', private.amount_fault(new.max_discount_amount, minimum => smallest),
        'usage_limit', private.integer_fault(new.usage_limit, minimum => 1),
        'usage_limit_per_user', private.integer_fault(new.usage_limit_per_user, minimum => 1),
        'starts_at', private.date_fault(new.starts_at),
        'expires_at', coalesce(
            private.date_fault(new.expires_at),
            case when new.expires_at <= new.starts_at then '["order", "starts_at"]'::jsonb end
        ),
        'is_active', case when new.is_active is null then '["required"]'::jsonb end
    ));

    -- Two decimals for every reader, also of whole amounts.
    new.discount_value := round(new.discount_value, 2);
    new.min_order_amount := round(new.min_order_amount, 2);
    new.max_discount_amount := round(new.max_discount_amount, 2);
    return new;
end;
$$;

-- sql/coupons/private/keep_used_coupon.sql

-- Orders say what they cost less by. The foreign keys have the last word; this says who uses the coupon.
create function private.keep_used_coupon()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_in_use(jsonb_build_object('orders', (
        select count(*)
        from public.orders
        where orders.coupon_id = old.id
    )));
    return old;
end;
$$;

-- sql/coupons/triggers.sql

create trigger set_updated_at
    before update on public.coupons
    for each row execute function private.set_updated_at();

create trigger validate
    before insert or update of
        code, description, discount_type, discount_value, min_order_amount, max_discount_amount,
        usage_limit, usage_limit_per_user, starts_at, expires_at, is_active
    on public.coupons
    for each row execute function private.validate_coupon_row();

create trigger keep_used
    before delete on public.coupons
    for each row execute function private.keep_used_coupon();

call private.audit_writes('public.coupons', 'id', left_out => array['usage_count']);

-- sql/coupons/access.sql

alter table public.coupons enable row level security;
alter table public.coupon_usage enable row level security;

-- usage_count is checkout's alone.
grant select on public.coupons to authenticated, service_role;
grant delete on public.coupons to authenticated, service_role;
grant insert (
    id, code, description, discount_type, discount_value, min_order_amount, max_discount_amount,
    usage_limit, usage_limit_per_user, starts_at, expires_at, is_active
) on public.coupons to authenticated, service_role;
grant update (
    code, description, discount_type, discount_value, min_order_amount, max_discount_amount,
    usage_limit, usage_limit_per_user, starts_at, expires_at, is_active
) on public.coupons to authenticated, service_role;
grant select on public.coupon_usage to authenticated, service_role;

create policy "admins read coupons" on public.coupons
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins add coupons" on public.coupons
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change coupons" on public.coupons
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete unused coupons" on public.coupons
    for delete to authenticated
    using ((select private.is_admin()));

create policy "customers read their uses" on public.coupon_usage
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "admins read all uses of coupons" on public.coupon_usage
    for select to primostore_admin
    using (true);

-- sql/coupons/api/validate_coupon.sql

create function public.validate_coupon(code text, subtotal numeric)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.validate_coupon(code, subtotal);
end;
$$;
comment on function public.validate_coupon is
    'What a coupon would take off a subtotal (before discount, in the store''s currency): {valid, code, discount_type, discount_amount, reason}. reason is null, invalid, expired, not_started, exhausted, already_used or min_amount. Wrong codes are counted; too many are rate_limited. Errors: invalid_input (subtotal), rate_limited.';
grant execute on function public.validate_coupon to anon, authenticated, service_role;
