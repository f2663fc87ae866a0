//! Where checkout's time goes: PostgreSQL's own count of the time in each function.

use anyhow::Result;

use super::cases;
use super::pgbench;
use crate::database::Server;
use crate::scale::DATABASE;

/// Orders that are placed to count.
const ORDERS: u32 = 500;

/// Lines of the functions that take most, each with its own milliseconds per order.
pub(super) fn times(server: &Server) -> Result<Vec<String>> {
    // Only a superuser may switch it on: of use on one's own machine, and nowhere else.
    server.query_as_superuser(
        DATABASE,
        &format!("alter database {DATABASE} set track_functions = 'all'; select pg_stat_reset();"),
    )?;
    let placed = pgbench::repeat(server, &cases::checkout_of_two(), ORDERS);
    server.query_as_superuser(DATABASE, &format!("alter database {DATABASE} reset track_functions;"))?;
    placed?;
    let lines = server.query(
        DATABASE,
        &format!(
            "select format('%-42s %s calls, %s ms', schemaname || '.' || funcname, \
                 to_char(calls / {ORDERS}.0, 'FM990.0'), to_char(self_time / {ORDERS}.0, 'FM990.000')) \
             from pg_stat_user_functions where funcname <> 'items' order by self_time desc limit 20;"
        ),
    )?;
    Ok(lines.lines().map(str::to_owned).collect())
}
