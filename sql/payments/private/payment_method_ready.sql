-- Whether a way to pay is set up, so that it can be offered. Cash always is; a link needs its template; Stripe an edge that
-- had its keys within the hour.
create function private.payment_method_ready(method text)
    returns boolean
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return case payment_method_ready.method
        when 'cod' then true
        when 'payment_link' then private.setting_text('payment_link.template') is not null
        else exists (
            select
            from private.announced_methods
            where announced_methods.method = payment_method_ready.method
                and announced_methods.announced_at > now() - interval '1 hour'
        )
    end;
end;
$$;
