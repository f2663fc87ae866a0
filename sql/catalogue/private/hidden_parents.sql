-- Products that hide their variants. Runs with its owner's rights: a policy on products can't read products. The hidden
-- ones, because they are few: a list of products need not look at all others.
create view private.hidden_parents as
select products.id
from public.products
where products.parent_id is null and (not products.is_active or products.deleted_at is not null)

union all

select products.id
from private.hidden_categories as hidden
inner join public.products on products.category_id = hidden.id
where products.parent_id is null;

grant select on private.hidden_parents to anon, authenticated, service_role;
