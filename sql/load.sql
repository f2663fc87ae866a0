-- The whole database, from nothing: psql -v ON_ERROR_STOP=1 -f sql/load.sql, as the role that will own it.
\ir base/load.sql
\ir logs/load.sql
\ir jobs/load.sql
\ir users/load.sql
\ir settings/load.sql
\ir guard/load.sql
\ir catalogue/load.sql
\ir inventory/load.sql
\ir search/load.sql
\ir shipping/load.sql
\ir cart/load.sql
\ir coupons/load.sql
\ir orders/load.sql
\ir payments/load.sql
\ir media/load.sql
