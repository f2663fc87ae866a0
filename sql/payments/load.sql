\ir payments.sql
\ir payment_events.sql
\ir refunds.sql
\ir triggers.sql
\ir access.sql
