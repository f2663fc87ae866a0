-- Categories that are inactive or stand below one that is.
create recursive view private.hidden_categories (id) as
select categories.id
from public.categories
where not categories.is_active
union
select categories.id
from public.categories
inner join hidden_categories on categories.parent_id = hidden_categories.id;
