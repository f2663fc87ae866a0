-- Products that visitors see, for functions that run with more rights than their caller. The policies on products say
-- the same.
create view private.products_on_show as
select products.*
from public.products
where products.is_active
    and products.deleted_at is null
    and (
        products.category_id is null
        or products.category_id <> all((select hidden_category_list.ids from private.hidden_category_list)::uuid[])
    )
    and products.is_parent_on_show;
