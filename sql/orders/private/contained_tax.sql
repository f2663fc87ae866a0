-- Tax contained in an amount at a rate in per cent, rounded half up to the currency's unit.
create function private.contained_tax(amount numeric, rate numeric, decimals integer)
    returns numeric
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return round(amount * rate / (100 + rate), decimals);
end;
$$;
