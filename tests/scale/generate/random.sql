-- Numbers that look random and are the same each time: of a row's number and what they are for.
create function pg_temp.share(number bigint, purpose integer)
    returns double precision
    immutable
    parallel safe
    language sql
    as $$
    select (hashint8extended(number, purpose) & 1073741823) / 1073741824::double precision;
$$;

create function pg_temp.below(number bigint, purpose integer, choices integer)
    returns integer
    immutable
    parallel safe
    language sql
    as $$
    select floor(pg_temp.share(number, purpose) * choices)::integer;
$$;

create function pg_temp.id_of(kind text, number bigint)
    returns uuid
    immutable
    parallel safe
    language sql
    as $$
    select overlay(overlay(md5(kind || number) placing '4' from 13) placing '8' from 17)::uuid;
$$;

-- The shop is three years old and grows: customers come, and order, more often towards its end.
create function pg_temp.moment(age_share double precision)
    returns timestamptz
    stable
    language sql
    as $$
    select now() - interval '1096 days' * (1 - sqrt(age_share));
$$;
