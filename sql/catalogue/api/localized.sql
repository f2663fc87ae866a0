-- Computed fields: the texts in the language the request asks for, each falling back to the row's own.
create function public.localized(product public.products)
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    select jsonb_build_object(
        'language', asked.language,
        'name', coalesce(nullif(asked.texts ->> 'name', ''), product.name),
        'short_description', coalesce(nullif(asked.texts ->> 'short_description', ''), product.short_description),
        'description', coalesce(nullif(asked.texts ->> 'description', ''), product.description),
        'meta_title', coalesce(nullif(asked.texts ->> 'meta_title', ''), product.meta_title),
        'meta_description', coalesce(nullif(asked.texts ->> 'meta_description', ''), product.meta_description)
    )
    from (
        select wanted.language, product.translations -> wanted.language as texts
        from private.request_language() as wanted (language)
    ) as asked;
$$;
comment on function public.localized(public.products) is
    'Computed field of products (select=*,localized): {language, name, short_description, description, meta_title, meta_description} in the first language of the Accept-Language header that the store has; a text without translation is the product''s own.';
grant execute on function public.localized(public.products) to anon, authenticated, service_role;

create function public.localized(category public.categories)
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    select jsonb_build_object(
        'language', asked.language,
        'name', coalesce(nullif(asked.texts ->> 'name', ''), category.name),
        'description', coalesce(nullif(asked.texts ->> 'description', ''), category.description)
    )
    from (
        select wanted.language, category.translations -> wanted.language as texts
        from private.request_language() as wanted (language)
    ) as asked;
$$;
comment on function public.localized(public.categories) is
    'Computed field of categories (select=*,localized): {language, name, description} in the first language of the Accept-Language header that the store has; a text without translation is the category''s own.';
grant execute on function public.localized(public.categories) to anon, authenticated, service_role;
