-- Computed fields of `categories`: its texts in the language the request asks for.

create function public.localised_name(category public.categories)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(category.translations, 'name', category.name);
end;
$$;
comment on function public.localised_name(public.categories) is
    'Computed field of categories (select=*,localised_name): name in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_name(public.categories) to anon, authenticated, service_role;

create function public.localised_description(category public.categories)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(category.translations, 'description', category.description);
end;
$$;
comment on function public.localised_description(public.categories) is
    'Computed field of categories (select=*,localised_description): description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_description(public.categories) to anon, authenticated, service_role;
