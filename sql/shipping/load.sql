\ir shipping_methods.sql
\ir private/normal_place.sql
\ir private/serves.sql
\ir private/shipping_price.sql
\ir triggers.sql
\ir access.sql
\ir api/shipping_options.sql
