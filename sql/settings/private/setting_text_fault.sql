-- What is wrong with a text of this kind; null when nothing is. Plain http is fine to this machine only, for development.
create function private.setting_text_fault(kind text, value text, max_length integer default 100)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select coalesce(
        private.text_fault(value, max_length, required => true),
        case kind
            when 'email' then private.email_fault(value, required => true)
            when 'country' then case when value !~ '^[A-Z]{2}$' then 'is not an ISO country code of two capital letters' end
            when 'currency' then case when value !~ '^[A-Z]{3}$' then 'is not an ISO currency code of three capital letters' end
            when 'language' then case when value !~ '^[a-z]{2}$' then 'is not an ISO language code of two small letters' end
            when 'time_zone' then case
                when not exists (
                    select
                    from pg_timezone_names
                    where pg_timezone_names.name = value
                ) then 'is not an IANA time zone'
            end
            when 'number_prefix' then case when value !~ '^[A-Z0-9]+$' then 'must be capital letters and digits' end
            when 'payment_method' then case
                when value not in ('cod', 'payment_link', 'stripe') then 'is not one of cod, payment_link, stripe'
            end
            when 'rate_limit' then case
                when value !~ '^[1-9][0-9]{0,6}/(second|minute|hour|day)$'
                    then 'must be a number and a unit: N/second, N/minute, N/hour or N/day'
            end
            when 'address' then case when private.to_inet(value) is null then 'is not an IP address or network' end
            -- Shorter ones would match nearly every browser.
            when 'user_agent' then case
                when char_length(btrim(value)) < 3 then 'is too short (at least 3 characters)'
            end
            when 'url' then case when not private.is_safe_url(value) then 'is not an https URL' end
            when 'link_template' then case
                when not private.is_safe_url(value) then 'is not an https URL'
                when exists (
                    select
                    from unnest(array['order_number', 'amount', 'currency', 'expires', 'signature']) as needed (name)
                    where position('{' || needed.name || '}' in value) = 0
                ) then 'must hold {order_number}, {amount}, {currency}, {expires} and {signature}'
                when regexp_replace(value, '\{(order_number|amount|currency|expires|signature)\}', '', 'g') ~ '[{}]'
                    then 'holds a placeholder that is not known'
            end
        end
    );
$$;
