-- Categories that are inactive or stand below one that is. Runs with its owner's rights, so policies can use it.
create view private.hidden_categories as
with recursive hidden as (
    select categories.id
    from public.categories
    where not categories.is_active
    union
    select categories.id
    from public.categories
    inner join hidden on categories.parent_id = hidden.id
)
select hidden.id
from hidden;

grant select on private.hidden_categories to anon, authenticated, service_role;
