-- Computed fields of `products`: its texts in the language the request asks for.

create function public.localised_name(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'name', product.name);
end;
$$;
comment on function public.localised_name(public.products) is
    'Computed field of products (select=*,localised_name): name in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_name(public.products) to anon, authenticated, service_role;

create function public.localised_short_description(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'short_description', product.short_description);
end;
$$;
comment on function public.localised_short_description(public.products) is
    'Computed field of products (select=*,localised_short_description): short_description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_short_description(public.products) to anon, authenticated, service_role;

create function public.localised_description(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'description', product.description);
end;
$$;
comment on function public.localised_description(public.products) is
    'Computed field of products (select=*,localised_description): description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_description(public.products) to anon, authenticated, service_role;

create function public.localised_meta_title(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'meta_title', product.meta_title);
end;
$$;
comment on function public.localised_meta_title(public.products) is
    'Computed field of products (select=*,localised_meta_title): meta_title in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_meta_title(public.products) to anon, authenticated, service_role;

create function public.localised_meta_description(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'meta_description', product.meta_description);
end;
$$;
comment on function public.localised_meta_description(public.products) is
    'Computed field of products (select=*,localised_meta_description): meta_description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_meta_description(public.products) to anon, authenticated, service_role;
