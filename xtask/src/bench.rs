//! Checkout under load, with pgbench. What is printed are rates of one run on one machine, to be compared with each other.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::checks;
use crate::database::Server;
use crate::report::heading;
use crate::scale::{self, DATABASE, Size};
use crate::shell::{command, read, target};
use crate::stack::Stack;

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub(crate) struct Options {
    /// Seconds for each measurement
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Customers who order at once
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=90))]
    clients: u32,
}

/// One order of one unit by a guest, as a transaction of PostgREST: `product` is an expression of SQL.
fn checkout(product: &str, before: &str) -> String {
    format!(
        "\\set number random(0, 1000000)\n\
         begin;\n\
         select set_config('role', 'anon', true), set_config('request.headers', '{{}}', true);\n\
         {before}\
         select public.place_order(\
             '{{\"full_name\": \"Amina\", \"line1\": \"12, rue des Consuls\", \"city\": \"Rabat\"}}', \
             (select id from public.shipping_methods order by sort_order limit 1), 'cod', \
             jsonb_build_array(jsonb_build_object('product_id', {product}, 'quantity', 1)), \
             guest_email => 'guest@example.com');\n\
         commit;\n"
    )
}

/// What is measured: what a reader calls it, the change to the database before it, and the transaction.
struct Case {
    name: &'static str,
    change: &'static str,
    script: String,
}

/// Everybody wants this one.
const HOT: &str = "(select id from bench.goods where place = 0)";
/// Nobody meets anybody.
const ANY: &str = "(select id from bench.goods where place = :number % (select count(*) from bench.goods))";

/// A schema of its own for what the transactions look up, and enough stock that none fails.
const PREPARE: &str = "\
create schema bench;
grant usage on schema bench to anon;
create table bench.goods as
select row_number() over (order by products.id) - 1 as place, products.id
from private.sellable_products as products;
create unique index goods_place_idx on bench.goods (place);
grant select on bench.goods to anon;
create function bench.lock(product_id uuid) returns void security definer set search_path = '' language sql
    as $$ select private.lock_stock(array[product_id]) $$;
grant execute on function bench.lock to anon;
select public.admin_adjust_stock(goods.id, 10000000, 'for the benchmark') from bench.goods;
";

/// Takes stock out of checkout, for the rate that nothing hot would allow. In the throw-away database only.
const WITHOUT_STOCK: &str = "\
create or replace function private.take_order_stock(order_id uuid) returns void set search_path = '' language plpgsql
    as $$ begin null; end; $$;
";

/// Measures and prints.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let stack = Stack::start()?;
    let server = stack.server()?;
    stack.fresh_database(&server)?;
    checks::migrate(&server)?;
    scale::build(&server, checks::MIGRATED, Size::SMALL)?;
    server.query(DATABASE, PREPARE)?;
    heading("checkout");
    let cases = [
        Case { name: "many products", change: "", script: checkout(ANY, "") },
        Case { name: "one product", change: "", script: checkout(HOT, "") },
        Case {
            name: "one product, stock locked first",
            change: "",
            script: checkout(HOT, &format!("select bench.lock({HOT});\n")),
        },
        Case { name: "one product, without its stock (ceiling)", change: WITHOUT_STOCK, script: checkout(HOT, "") },
    ];
    let folder = target().join("primostore-test");
    let mut rates = Vec::new();
    for case in &cases {
        println!("measuring for {} s, {} clients: {}", options.seconds, options.clients, case.name);
        if !case.change.is_empty() {
            server.query(DATABASE, case.change)?;
        }
        let script = folder.join("bench.sql");
        fs::write(&script, &case.script).with_context(|| format!("{} can't be written", script.display()))?;
        rates.push(measure(&server, &script, options)?);
    }
    let ceiling = rates.last().copied().unwrap_or(f64::NAN);
    println!("\n{:<44} {:>9}  {:>10}", "orders", "per second", "of ceiling");
    for (case, rate) in cases.iter().zip(&rates) {
        println!("{:<44} {rate:>9.0}  {:>9.0} %", case.name, rate / ceiling * 100.0);
    }
    println!("\nA client sends one statement for each order. {} CPUs.", cpus());
    stack.stop()
}

/// Transactions per second. A failed transaction stops pgbench, and this.
fn measure(server: &Server, script: &Path, options: &Options) -> Result<f64> {
    let pgbench: PathBuf = server.postgres.program("pgbench");
    let mut run = command(pgbench, ["--no-vacuum", "--protocol=prepared"]);
    run.args(["--client", &options.clients.to_string(), "--time", &options.seconds.to_string()]);
    run.arg("--file").arg(script).arg(server.url(DATABASE));
    let output = read(&mut run)?;
    let rate = output.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    ensure!(!output.contains("aborted"), "an order failed under load:\n{output}");
    rate.with_context(|| format!("pgbench told no rate:\n{output}"))
}

fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
