insert into public.order_items (
    order_id, product_id, sku, name, options, quantity,
    unit_price, discount_amount, tax_rate, tax_amount, line_total, created_at
)
select
    priced.id, draft_lines.product_id, draft_lines.sku, draft_lines.name, draft_lines.options, draft_lines.quantity,
    draft_lines.unit_price, draft_lines.discount_amount, draft_lines.tax_rate, draft_lines.tax_amount, draft_lines.line_total,
    priced.placed_at
from draft_lines
inner join priced on priced.number = draft_lines.number;
