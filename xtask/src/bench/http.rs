//! The edge beside the API that it stands before: the same requests, by the same clients, to the one and to the other. All
//! are release builds and processes of their own; the clients are of this process, and load the machine the same either way.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::cases::Measured;
use super::load::{self, Client, Request};
use super::{Options, TURNS};
use crate::database::Server;
use crate::report::heading;
use crate::scale::{self, Size};
use crate::stack::{self, Build, Stack};

/// The database that the API serves.
const SERVED: &str = "postgres";
const PRODUCTS: u32 = 1_000;
/// Different baskets that each client orders, one after the other.
const BASKETS: u32 = 50;
const WARM_UP: Duration = Duration::from_secs(2);
const START_WITHIN: Duration = Duration::from_secs(30);

/// An edge of its own process.
struct Edge {
    process: Child,
    url: String,
}

impl Edge {
    fn start(stack: &Stack) -> Result<Self> {
        let address = format!("127.0.0.1:{}", stack::free_port()?);
        let mut edge: Command = stack.program("edge");
        for (name, value) in stack.edge_environment()? {
            edge.env(name, value);
        }
        let log = fs::File::create(stack::folder().join("edge.log"))?;
        let process = edge
            .env("EDGE_ADDRESS", &address)
            .env("METRICS_ADDRESS", "off")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("the edge can't be started")?;
        let edge = Self { process, url: format!("http://{address}") };
        let asked = Instant::now();
        while TcpStream::connect(&address).is_err() {
            ensure!(asked.elapsed() < START_WITHIN, "the edge does not start: see edge.log beside the stack's log");
            sleep(Duration::from_millis(50));
        }
        Ok(edge)
    }

    /// A line of `/proc/PID/status`, in MB.
    fn memory(&self, name: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes / 1024)
    }
}

impl Edge {
    /// The processor time it has had, in milliseconds: `utime` and `stime` of `/proc/PID/stat`, in hundredths of a second.
    fn processor_time(&self) -> Option<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        // What comes before is its name, which may hold anything.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) * 10.0)
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        // It holds nothing that a kill could break.
        if self.process.kill().is_ok() {
            let _ = self.process.wait();
        }
    }
}

/// Measures and prints.
pub(super) fn run(options: &Options) -> Result<bool> {
    let stack = Stack::start(Build::Release)?;
    let server = stack.server()?;
    scale::generate(&server.postgres, &server.url(SERVED), Size::to_buy_from(PRODUCTS))?;
    server.query(SERVED, include_str!("prepare.sql"))?;
    let edge = Edge::start(&stack)?;
    let api = stack.api_url()?;
    let names = [("guest", false), ("customer", true)];
    let customers = load::run(customers(&stack, &api, options.clients))??;

    heading(&format!("HTTP: {PRODUCTS} products, {} clients", options.clients));
    let mut cases = Vec::new();
    for (who, signed_in) in names {
        let tokens = signed_in.then_some(customers.as_slice());
        let clients = orders(&stack, &server, options.clients, tokens)?;
        cases.push((format!("checkout by a {who}"), clients));
    }
    let page = Request::get(PAGE, &stack.publishable_key()?);
    cases.push((
        "a page of the catalogue, for a visitor".to_owned(),
        (0..options.clients).map(|_| Client { requests: vec![page.clone()] }).collect(),
    ));

    let mut measured: Vec<Measured> = Vec::new();
    for (name, _) in &cases {
        let direct = format!("{name}, at the API");
        measured.push(Measured::new(direct.clone(), None));
        measured.push(Measured::new(format!("{name}, through the edge"), Some(direct)));
    }
    let seconds = Duration::from_secs(u64::from((options.seconds / TURNS).max(1)));
    // Connections, plans and caches are made before anything counts.
    for (_, clients) in &cases {
        for url in [&api, &edge.url] {
            load::run(load::rate(url, clients, WARM_UP))??;
        }
    }
    let (idle, began) = (edge.memory("VmRSS"), edge.processor_time());
    for turn in 1..=TURNS {
        for (index, (name, clients)) in cases.iter().enumerate() {
            println!("turn {turn} of {TURNS}, {} s each: {name}", seconds.as_secs());
            // Who comes first changes: the second finds warmer caches.
            let doors = if turn % 2 == 0 { [(0, &api), (1, &edge.url)] } else { [(1, &edge.url), (0, &api)] };
            for (door, url) in doors {
                let rate = load::run(load::rate(url, clients, seconds))??;
                if let Some(result) = measured.get_mut(index * 2 + door) {
                    result.rates.push(rate);
                }
            }
        }
    }
    println!("\n{:<60} {:>10}  ratio", "", "per second");
    for result in &measured {
        println!("{}", result.line(&measured));
    }
    let through_edge = measured.iter().filter(|result| result.is_part()).flat_map(|result| &result.rates).sum::<f64>();
    if let (Some(began), Some(ended)) = (began, edge.processor_time()) {
        let each = (ended - began) / (through_edge * seconds.as_secs_f64());
        println!("\nthe edge's processor time: {each:.2} ms per request");
    }
    if let (Some(idle), Some(now), Some(most)) = (idle, edge.memory("VmRSS"), edge.memory("VmHWM")) {
        println!("the edge's memory: {idle} MB before, {now} MB after, {most} MB at most");
    }
    drop(edge);
    stack.stop()
}

const PAGE: &str = "/rest/v1/products?select=*,category:categories(*),images:product_images(*)\
    &order=created_at.desc,id&limit=20";

/// Access tokens of customers who are made for it.
async fn customers(stack: &Stack, api: &str, count: u32) -> Result<Vec<String>> {
    let (secret, publishable) = (stack.secret_key()?, stack.publishable_key()?);
    let mut tokens = Vec::new();
    for number in 0..count {
        let user = json!({ "email": format!("bench-{number}@example.com"), "password": "correct horse battery" });
        let mut confirmed = user.clone();
        confirmed["email_confirm"] = json!(true);
        load::send(api, &Request::post("/auth/v1/admin/users", &secret, &secret, &confirmed)).await?;
        let path = "/auth/v1/token?grant_type=password";
        let session = load::send(api, &Request::post(path, &publishable, &publishable, &user)).await?;
        let session: Value = serde_json::from_slice(&session).context("a session is no JSON")?;
        tokens.push(session["access_token"].as_str().context("a session has no token")?.to_owned());
    }
    Ok(tokens)
}

/// What each client orders: two products of many, as guests or each as a customer.
fn orders(stack: &Stack, server: &Server, clients: u32, tokens: Option<&[String]>) -> Result<Vec<Client>> {
    let key = stack.publishable_key()?;
    let shipping = server.query(SERVED, "select id from bench.shipping;")?;
    let baskets = server.query(
        SERVED,
        &format!(
            "select bench.items((random() * 1000000)::integer, (random() * 1000000)::integer) \
             from generate_series(1, {});",
            BASKETS * clients
        ),
    )?;
    let mut baskets = baskets.lines();
    let mut all = Vec::new();
    for client in 0..clients {
        let token = tokens.and_then(|tokens| tokens.get(usize::try_from(client).ok()?)).unwrap_or(&key);
        let mut requests = Vec::new();
        for basket in baskets.by_ref().take(usize::try_from(BASKETS)?) {
            let mut order = json!({
                "shipping_address": {
                    "full_name": "Amina Idrissi", "line1": "12, rue des Consuls", "city": "Rabat", "phone": "+212600000000",
                },
                "shipping_method_id": shipping.trim(), "payment_method": "cod",
                "items": serde_json::from_str::<Value>(basket).context("a basket is no JSON")?,
            });
            if tokens.is_none() {
                order["guest_email"] = json!("guest@example.com");
            }
            requests.push(Request::post("/rest/v1/rpc/place_order", &key, token, &order));
        }
        if requests.is_empty() {
            bail!("there is nothing to order");
        }
        all.push(Client { requests });
    }
    Ok(all)
}
