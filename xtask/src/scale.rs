//! A shop of real size: made for whoever wants one, and for the tests of what queries read.

use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;

use crate::database::Server;
use crate::report::{Outcome, heading};
use crate::setup::{self, Postgres};
use crate::shell::{follow, root};
use crate::suites;

/// Where the tests' shop is built.
pub(crate) const DATABASE: &str = "primostore_scale";

/// How much to generate.
#[derive(Args, Clone, Copy)]
pub(crate) struct Size {
    /// Products, variants included
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(40..=10_000_000))]
    products: u32,
    /// Categories, in three levels
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(3..=10_000))]
    categories: u32,
    /// Orders of the last three years, a fifth of them by guests
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    orders: u32,
    /// Customers with an account
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    customers: u32,
}

impl Size {
    /// Enough for every plan to matter, and not more, because it is made in each test run.
    const TESTED: Self = Self { products: 100_000, categories: 500, orders: 50_000, customers: 20_000 };

    /// A shop to buy from, with this many products.
    pub(crate) const fn to_buy_from(products: u32) -> Self {
        Self { products, categories: 30, orders: 1_000, customers: 200 }
    }
}

/// Options of `cargo xtask generate`.
#[derive(Args)]
pub(crate) struct Options {
    /// A migrated database without generated data, as the role `postgres`
    #[arg(long, env = "DB_URL", hide_env_values = true)]
    db_url: String,
    #[command(flatten)]
    size: Size,
}

/// Generates a shop into any database.
pub(crate) fn run(options: &Options) -> Result<bool> {
    generate(&setup::postgres()?, &options.db_url, options.size)?;
    Ok(true)
}

/// Runs the generator, and shows each step with what it took.
pub(crate) fn generate(postgres: &Postgres, url: &str, size: Size) -> Result<()> {
    let Size { products, categories, orders, customers } = size;
    println!("generating {products} products, {categories} categories, {customers} customers, {orders} orders");
    let mut psql = Command::new(postgres.program("psql"));
    psql.current_dir(root()).args(["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname", url]);
    for (name, count) in
        [("products", products), ("categories", categories), ("orders", orders), ("customers", customers)]
    {
        psql.arg(format!("--set={name}={count}"));
    }
    psql.args(["--file", "tests/scale/generate.sql"]);
    let started = std::time::Instant::now();
    let good = follow(&mut psql, |line| {
        // psql times each statement; the steps are what a reader wants.
        if !line.starts_with("Time: ") && !line.trim().is_empty() {
            println!("{:>5} s  {line}", started.elapsed().as_secs());
        }
    })?;
    ensure!(good, "the generator stopped; the database is as it was before");
    println!("{:>5} s  done", started.elapsed().as_secs());
    Ok(())
}

/// Builds a shop in a copy of `template`.
pub(crate) fn build(server: &Server, template: &str, size: Size) -> Result<()> {
    heading("a shop of real size");
    server.create(DATABASE, template)?;
    generate(&server.postgres, &server.url(DATABASE), size)
}

/// Builds the tests' shop in a copy of `template`, and tests what queries read of it.
pub(crate) fn test(server: &Server, template: &str) -> Result<Outcome> {
    build(server, template, Size::TESTED)?;
    suites::plans(server, DATABASE)
}
