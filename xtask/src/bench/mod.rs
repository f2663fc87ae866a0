//! Checkout and catalogue under load: in the database, with pgbench, and over HTTP. What is printed are rates of one run on
//! one machine, to be compared with each other: the cases take turns, so that a slow minute of the machine is everybody's.

mod cases;
mod functions;
mod http;
mod load;
mod pgbench;

use anyhow::Result;
use clap::{Args, ValueEnum};

use self::cases::{Case, Measured};
use crate::checks;
use crate::database::Server;
use crate::report::heading;
use crate::scale::{self, DATABASE, Size};
use crate::stack::{Build, Stack};

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub(crate) struct Options {
    /// What to measure; everything when left out
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Seconds for each measurement, in all of its turns
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(6..=600))]
    seconds: u32,
    /// Customers who order at once
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=90))]
    clients: u32,
    /// Numbers of products to measure with
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000],
        value_parser = clap::value_parser!(u32).range(40..=10_000_000))]
    products: Vec<u32>,
}

/// A part that can be measured alone.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The database's functions, beside the least that they could do
    Database,
    /// The edge beside the API that it stands before
    Http,
}

/// Turns that the seconds of a case are cut into.
const TURNS: u32 = 6;

/// Measures and prints, for each number of products.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let wanted = |part: Part| options.parts.is_empty() || options.parts.contains(&part);
    let database = !wanted(Part::Database) || database(options)?;
    let http = !wanted(Part::Http) || http::run(options)?;
    Ok(database && http)
}

fn database(options: &Options) -> Result<bool> {
    let stack = Stack::start(Build::Debug)?;
    let server = stack.server()?;
    stack.fresh_database(&server)?;
    checks::migrate(&server)?;
    for &products in &options.products {
        scale::build(&server, checks::MIGRATED, Size::to_buy_from(products))?;
        server.query(DATABASE, include_str!("prepare.sql"))?;
        measure(&server, products, options)?;
    }
    stack.stop()
}

/// All cases with the shop as it is now.
fn measure(server: &Server, products: u32, options: &Options) -> Result<()> {
    heading(&format!("{products} products, {} clients, {} CPUs", options.clients, cpus()));
    let cases = cases::all();
    let mut measured: Vec<Measured> =
        cases.iter().map(|case| Measured::new(case.name.to_owned(), case.of.map(str::to_owned))).collect();
    for turn in 1..=TURNS {
        for (case, result) in cases.iter().zip(&mut measured) {
            println!("turn {turn} of {TURNS}, {} s: {}", (options.seconds / TURNS).max(1), case.name);
            result.rates.push(turn_of(server, case, options)?);
        }
    }
    println!("\n{:<60} {:>10}  ratio", "", "per second");
    for result in &measured {
        println!("{}", result.line(&measured));
    }
    println!("\nmilliseconds per order, by function (its own time, one client):");
    for line in functions::times(server)? {
        println!("{line}");
    }
    Ok(())
}

/// One turn of a case, with the database changed for it and changed back.
fn turn_of(server: &Server, case: &Case, options: &Options) -> Result<f64> {
    let undo = match case.change {
        Some(change) => {
            let undo = server.query(DATABASE, cases::DEFINITION_OF_TAKE_STOCK)?;
            server.query(DATABASE, change)?;
            Some(undo)
        }
        None => None,
    };
    let rate = pgbench::rate(server, &case.script, (options.seconds / TURNS).max(1), options.clients);
    if let Some(undo) = undo {
        server.query(DATABASE, &format!("{undo};"))?;
    }
    rate
}

fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
