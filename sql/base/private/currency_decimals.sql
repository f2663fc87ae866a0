-- Decimals of a currency's own unit, by ISO 4217: 0 for the yen, 3 for the Tunisian dinar, else 2. Amounts are kept in
-- numeric(10, 2), so a store's currency may have 0 or 2.
create function private.currency_decimals(currency text)
    returns integer
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when currency_decimals.currency in (
            'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'
        ) then 0
        when currency_decimals.currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        when currency_decimals.currency in ('CLF', 'UYW') then 4
        else 2
    end;
end;
$$;
grant execute on function private.currency_decimals to anon, authenticated, service_role;
