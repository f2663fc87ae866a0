-- Products that can be bought themselves: on show, and not sold as one of their variants. A view, so that a whole cart is
-- looked up in one query.
create view private.sellable_products as
select shown.*
from private.products_on_show as shown
where not exists (
    select from public.products as variants
    where variants.parent_id = shown.id and variants.deleted_at is null
);
