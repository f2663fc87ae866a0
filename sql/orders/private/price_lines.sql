-- Tax contained in an amount at a rate in per cent, rounded half up.
create function private.contained_tax(amount numeric, rate numeric)
    returns numeric
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return round(amount * rate / (100 + rate), 2);
end;
$$;

-- A snapshot's lines with their share of the discount and their tax. Shares are cut to the centime, and the centimes left
-- over go to the largest remainders, so they add back exactly.
create function private.price_lines(snapshot jsonb, discount numeric)
    returns table (
        product_id uuid,
        sku text,
        name text,
        options jsonb,
        quantity integer,
        unit_price numeric,
        discount_amount numeric,
        tax_rate numeric,
        tax_amount numeric,
        line_total numeric
    )
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    with lines as (
        select line.*, line.quantity * line.unit_price as gross
        from jsonb_to_recordset(price_lines.snapshot) as line (
            product_id uuid,
            sku text,
            name text,
            options jsonb,
            quantity integer,
            unit_price numeric,
            tax_rate numeric
        )
    ),

    shares as (
        select lines.*, price_lines.discount * lines.gross / nullif(sum(lines.gross) over (), 0) as exact
        from lines
    ),

    cut as (
        select
            shares.*,
            trunc(coalesce(shares.exact, 0), 2) as share,
            price_lines.discount - sum(trunc(coalesce(shares.exact, 0), 2)) over () as left_over,
            row_number() over (order by shares.exact - trunc(shares.exact, 2) desc, shares.product_id) as rank
        from shares
    ),

    shared as (
        select cut.*, cut.share + case when cut.rank <= cut.left_over * 100 then 0.01 else 0 end as line_discount
        from cut
    )

    select
        shared.product_id,
        shared.sku,
        shared.name,
        shared.options,
        shared.quantity,
        shared.unit_price,
        shared.line_discount,
        shared.tax_rate,
        private.contained_tax(shared.gross - shared.line_discount, shared.tax_rate),
        shared.gross - shared.line_discount
    from shared;
end;
$$;
