-- What is wrong with a text of this kind; null when nothing is. Plain http is fine to this machine only, for development.
create function private.setting_text_fault(kind text, value text, max_length integer default 100)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, max_length, required => true, multiline => kind = 'multiline_text'),
        case kind
            when 'email' then private.email_fault(value, required => true)
            when 'country' then case
                when value !~ '^[A-Z]{2}$' then '["pattern", "MA", {"reason": "is not an ISO country code of two capital letters"}]'::jsonb
            end
            when 'currency' then case
                when value !~ '^[A-Z]{3}$'
                    then '["pattern", "MAD", {"reason": "is not an ISO currency code of three capital letters"}]'::jsonb
                when private.currency_decimals(value) not in (0, 2)
                    then '["decimals", 2, {"reason": "has more than two decimals, which amounts are kept with"}]'
            end
            when 'language' then case
                when value !~ '^[a-z]{2}$' then '["pattern", "fr", {"reason": "is not an ISO language code of two small letters"}]'::jsonb
            end
            when 'time_zone' then case
                when not exists (
                    select
                    from pg_timezone_names
                    where pg_timezone_names.name = value
                ) then '["pattern", "Africa/Casablanca", {"reason": "is not an IANA time zone"}]'::jsonb
            end
            when 'number_prefix' then case
                when value !~ '^[A-Z0-9]+$' then '["pattern", "PS", {"reason": "must be capital letters and digits"}]'::jsonb
            end
            when 'payment_method' then case
                when value not in ('cod', 'payment_link', 'stripe') then '["one_of", "cod", "payment_link", "stripe"]'::jsonb
            end
            when 'rate_limit' then case
                when value !~ '^[1-9][0-9]{0,6}/(second|minute|hour|day)$'
                    then '["pattern", "100/minute", {"reason": "must be a number and a unit: N/second, N/minute, N/hour or N/day"}]'::jsonb
            end
            when 'address' then case
                when private.to_inet(value) is null
                    then '["pattern", "203.0.113.0/24", {"reason": "is not an IP address or network"}]'::jsonb
            end
            -- Shorter ones would match nearly every browser.
            when 'user_agent' then case
                when char_length(btrim(value)) < 3 then '["too_short", 3]'::jsonb
            end
            when 'url' then case when not private.is_safe_url(value) then '["not_url", {"reason": "is not an https URL"}]'::jsonb end
            when 'link_template' then case
                when not private.is_safe_url(value) then '["not_url", {"reason": "is not an https URL"}]'::jsonb
                when position('{order_number}' in value) = 0
                    then '["pattern", "{order_number}", {"reason": "must hold {order_number}"}]'
                when regexp_replace(value, '\{(order_number|amount|currency|expires|signature|email|language)\}', '', 'g') ~ '[{}]'
                    then '["unknown", {"reason": "holds a placeholder that is not known"}]'
            end
        end
    );
end;
$$;
