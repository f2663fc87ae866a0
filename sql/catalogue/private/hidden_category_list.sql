-- private.hidden_categories as an array, in a table of one row that a trigger keeps: every page of the catalogue asks for
-- it several times, and it hardly ever changes. Conditions on many rows look it up once, as
-- (select hidden_category_list.ids from private.hidden_category_list); a function would take four times as long.
create table private.hidden_category_list (
    is_only_row boolean primary key default true,
    ids uuid[] not null default '{}',
    constraint hidden_category_list_one_row check (is_only_row)
);
comment on table private.hidden_category_list is 'Categories that are inactive or stand below one that is.';

insert into private.hidden_category_list default values;

grant select on private.hidden_category_list to anon, authenticated, service_role;
