-- A shop of real size, for measuring. Run by `cargo xtask generate`, which names the variables:
--
--   psql --set=ON_ERROR_STOP=1 --set=products=100000 --set=categories=500 --set=customers=100000 --set=orders=1000000 \
--       --file=tests/scale/generate.sql "$DB_URL"
--
-- All of it is one transaction, on a migrated database, as the role `postgres`. Everything but ids of child rows and the
-- present time comes from the row's number, so the same variables make the same shop.
\set QUIET on
\timing on
begin;
set local search_path = '';
-- Estimates of generated rows are far too high, and compiling for them takes longer than making them.
set local jit = off;
set local work_mem = '256MB';
set local maintenance_work_mem = '512MB';

\echo 'random numbers, words and settings'
\ir generate/random.sql
\ir generate/words.sql
\ir generate/settings.sql
\echo 'indexes, foreign keys and row triggers aside'
\ir generate/take_off.sql
\echo 'categories'
\ir generate/categories.sql
\echo 'products'
\ir generate/products.sql
\echo 'customers'
\ir generate/customers.sql
\echo 'orders, priced'
\ir generate/priced_orders.sql
\echo 'orders'
\ir generate/orders.sql
\echo 'order lines'
\ir generate/order_items.sql
\echo 'order history'
\ir generate/order_status_history.sql
\echo 'payments, origins and coupons'' uses'
\ir generate/order_details.sql
\echo 'reservations, the ledger and stock'
\ir generate/stock.sql
\echo 'indexes, foreign keys and row triggers back'
\ir generate/put_back.sql
\echo 'rules'
\ir generate/check.sql
commit;
\echo 'statistics'
\ir generate/analyse.sql
