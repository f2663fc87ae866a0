-- What is wrong with a text of this kind; null when nothing is.
create function private.setting_text_fault(kind text, value text, max_length integer)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    -- Plain http only to this machine, for development.
    url_pattern constant text :=
        '^(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?([/?#][!-~]*)?$';
    fault text := private.text_fault(
        setting_text_fault.value,
        coalesce(setting_text_fault.max_length, 100),
        required => true
    );
begin
    if fault is not null then
        return fault;
    end if;

    case setting_text_fault.kind
        when 'text' then
            return null;
        when 'email' then
            return private.email_fault(value, required => true);
        when 'country' then
            return case when value !~ '^[A-Z]{2}$' then 'is not an ISO country code of two capital letters' end;
        when 'currency' then
            return case when value !~ '^[A-Z]{3}$' then 'is not an ISO currency code of three capital letters' end;
        when 'language' then
            return case when value !~ '^[a-z]{2}$' then 'is not an ISO language code of two small letters' end;
        when 'payment_method' then
            return case
                when value not in ('cod', 'payment_link', 'stripe') then 'is not one of cod, payment_link, stripe'
            end;
        when 'number_prefix' then
            return case when value !~ '^[A-Z0-9]{1,10}$' then 'must be 1 to 10 capital letters and digits' end;
        when 'rate_limit' then
            return case
                when value !~ '^[1-9][0-9]{0,6}/(second|minute|hour|day)$'
                    then 'must be a number and a unit: N/second, N/minute, N/hour or N/day'
            end;
        when 'user_agent' then
            -- Shorter ones would match nearly every browser.
            return case when char_length(btrim(value)) < 3 then 'is too short (at least 3 characters)' end;
        when 'address' then
            return case when private.to_inet(value) is null then 'is not an IP address or network' end;
        when 'url' then
            return case when value !~ url_pattern then 'is not an https URL' end;
        when 'link_template' then
            return case
                when value !~ url_pattern then 'is not an https URL'
                when exists (
                    select
                    from unnest(array['order_number', 'amount', 'currency', 'expires', 'signature']) as needed (name)
                    where position('{' || needed.name || '}' in value) = 0
                ) then 'must hold {order_number}, {amount}, {currency}, {expires} and {signature}'
                when regexp_replace(value, '\{(order_number|amount|currency|expires|signature)\}', '', 'g') ~ '[{}]'
                    then 'holds a placeholder that is not known'
            end;
        when 'time_zone' then
            return case
                when not exists (
                    select
                    from pg_timezone_names
                    where pg_timezone_names.name = value
                ) then 'is not an IANA time zone'
            end;
    end case;
end;
$$;
