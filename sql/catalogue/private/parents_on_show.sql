-- Products that do not hide their variants. Runs with its owner's rights: a policy on products can't read products.
create view private.parents_on_show as
select products.id
from public.products
where products.parent_id is null
    and products.is_active
    and products.deleted_at is null
    and (
        products.category_id is null
        or products.category_id not in (select hidden.id from private.hidden_categories as hidden)
    );

grant select on private.parents_on_show to anon, authenticated, service_role;
