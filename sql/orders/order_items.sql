create table public.order_items (
    id uuid primary key default private.next_id(),
    order_id uuid not null references public.orders on delete restrict,
    product_id uuid not null references public.products on delete restrict,
    category_id uuid,
    sku text not null,
    name text not null,
    options jsonb,
    quantity integer not null,
    unit_price numeric(10, 2) not null,
    discount_amount numeric(10, 2) not null default 0,
    tax_rate numeric(5, 2) not null,
    tax_amount numeric(10, 2) not null,
    line_total numeric(10, 2) not null,
    created_at timestamptz not null default now(),
    constraint order_items_order_product_unique unique (order_id, product_id),
    constraint order_items_quantity_range check (quantity between 1 and 999),
    constraint order_items_unit_price_not_negative check (unit_price >= 0),
    constraint order_items_discount_within_line check (discount_amount between 0 and quantity * unit_price),
    constraint order_items_line_adds_up check (line_total = quantity * unit_price - discount_amount),
    constraint order_items_tax_within_line check (tax_amount between 0 and line_total)
);
create index order_items_product_id_idx on public.order_items (product_id);

comment on table public.order_items is 'What was ordered, as it was then: a snapshot, never changed.';
comment on column public.order_items.category_id is 'The product''s category when ordered; kept when the category is gone.';
comment on column public.order_items.name is 'As the buyer read it, in the language of the order.';
comment on column public.order_items.unit_price is 'Price of one unit when ordered, tax included.';
comment on column public.order_items.discount_amount is 'This line''s share of the order''s discount.';
comment on column public.order_items.tax_rate is 'Per cent.';
comment on column public.order_items.tax_amount is 'Tax contained in line_total, rounded half up.';
comment on column public.order_items.line_total is 'quantity * unit_price - discount_amount.';
