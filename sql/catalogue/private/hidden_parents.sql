-- Products that hide their variants. Runs with its owner's rights: a policy on products can't read products.
create view private.hidden_parents as
select products.id
from public.products
where products.parent_id is null
    and (
        not products.is_active
        or products.deleted_at is not null
        or products.category_id in (select hidden.id from private.hidden_categories as hidden)
    );

grant select on private.hidden_parents to anon, authenticated, service_role;
