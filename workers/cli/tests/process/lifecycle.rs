//! A shop's life: started, used, interrupted, killed, stopped, broken.

use std::collections::BTreeMap;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::api::Shop;
use crate::process_tree::{children, is_gone, tree, wait_until_gone};
use crate::program::{Dev, Workspace, finish};
use crate::summary::{SignIn, Summary};

/// What every kind of `status` tells: names that `supabase status` has too, and the edge's.
const NAMES: [&str; 11] = [
    "ANON_KEY",
    "API_URL",
    "DB_URL",
    "EDGE_URL",
    "INBUCKET_URL",
    "JWT_SECRET",
    "MAILPIT_URL",
    "PUBLISHABLE_KEY",
    "REST_URL",
    "SECRET_KEY",
    "SERVICE_ROLE_KEY",
];

/// One shop for all of it, because making one takes long. Each step is a rule, and named like one.
#[tokio::test]
async fn a_shop_keeps_its_data_however_it_ended() {
    let workspace = Workspace::new();

    let (dev, first) = workspace.start().await;
    step("the summary shows where everything is", the_summary_is_right(&workspace, &first)).await;
    step("its API answers, and its sign-ins are right", the_shop_serves(&first)).await;
    step("a second start from the same folder is refused", a_second_start_is_refused(&workspace)).await;
    step("status tells the same as the summary", status_tells_the_same(&workspace, &first)).await;
    step("admin makes an admin", admin_makes_an_admin(&workspace, &first)).await;
    rename_customer(&first, "Written before Ctrl-C").await;
    step("Ctrl-C leaves no process", ctrl_c_leaves_no_process(&workspace, dev)).await;

    let (dev, second) = workspace.start().await;
    assert_eq!(second, first, "a second start shows the same keys and sign-ins");
    assert_eq!(customer_name(&second).await, "Written before Ctrl-C");
    rename_customer(&second, "Written before kill -9").await;
    dev.signal(Signal::SIGKILL);
    assert!(!dev.ended().await.status.success());

    // At once: the server of the killed run may still be stopping.
    let (dev, third) = workspace.start().await;
    assert_eq!(third, first);
    assert_eq!(customer_name(&third).await, "Written before kill -9");
    rename_customer(&third, "Written before it was orphaned").await;
    let orphans = step("a server can be orphaned", orphan_the_server(&workspace, dev)).await;

    let (dev, fourth) = workspace.start().await;
    assert!(dev.progress().contains("left behind"), "an orphaned server is stopped: {}", dev.progress());
    step("the orphaned server is gone", wait_until_gone(&orphans)).await;
    assert_eq!(customer_name(&fourth).await, "Written before it was orphaned");
    step("stop ends a running shop", stop_ends_it(&workspace, dev)).await;

    step("a broken cluster is told, and can be reset", a_broken_cluster_is_told(&workspace)).await;
}

#[tokio::test]
async fn ctrl_c_during_a_start_leaves_no_process() {
    let workspace = Workspace::new();
    let mut dev = Dev::spawn(workspace.dev());
    dev.wait_for_progress("Creating a database cluster").await;
    let processes = tree(dev.pid()).await;
    dev.signal(Signal::SIGINT);
    let ended = dev.ended().await;
    assert_eq!(ended.status.code(), Some(130), "as a shell expects: {ended:#?}");
    assert!(ended.stderr.ends_with("Stopped before it was up.\n"), "{ended:#?}");
    wait_until_gone(&processes).await;
}

#[tokio::test]
async fn a_second_ctrl_c_ends_it_at_once_and_leaves_no_process() {
    let workspace = Workspace::new();
    let (mut dev, summary) = workspace.start().await;
    let processes = tree(dev.pid()).await;
    // A request that never ends: a stop waits for it.
    let mut slow = TcpStream::connect(summary.edge.trim_start_matches("http://")).await.unwrap();
    let head =
        "POST /rest/v1/rpc/me HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    dev.signal(Signal::SIGINT);
    dev.wait_for_progress("Stopping. Ctrl-C again ends it at once.").await;
    dev.signal(Signal::SIGINT);
    let ended = dev.ended().await;
    assert_eq!(ended.status.code(), Some(130), "as a shell expects: {ended:#?}");
    wait_until_gone(&processes).await;
}

/// Names a step, so that a failure tells which rule it breaks.
async fn step<T>(rule: &str, work: impl Future<Output = T>) -> T {
    println!("{rule}");
    work.await
}

async fn the_summary_is_right(workspace: &Workspace, summary: &Summary) {
    assert_eq!(summary.edge, format!("http://127.0.0.1:{}", workspace.edge_port));
    assert_eq!(summary.api, format!("http://127.0.0.1:{}", workspace.api_port));
    assert!(summary.database.starts_with("postgresql://postgres:"), "{summary:?}");
    assert!(summary.database.ends_with(&format!("@127.0.0.1:{}/postgres", workspace.db_port)), "{summary:?}");
    assert_eq!(summary.mail, format!("http://127.0.0.1:{}", workspace.mail_port));
    assert!(summary.publishable.starts_with("sb_publishable_"), "{summary:?}");
    assert!(summary.secret.starts_with("sb_secret_"), "{summary:?}");
}

async fn the_shop_serves(summary: &Summary) {
    assert_eq!(Shop::past_the_edge(summary).products().await.len(), 3);
    let shop = Shop::on(summary);
    assert_eq!(shop.products().await.len(), 3);
    for (sign_in, role) in [(&summary.customer, "customer"), (&summary.admin, "admin")] {
        assert_eq!(shop.sign_in(sign_in).await.profile().await["role"], json!(role));
    }
}

async fn a_second_start_is_refused(workspace: &Workspace) {
    let sentence = finish(workspace.dev()).await.refusal();
    for part in ["already running", "primostore stop", "--state-dir"] {
        assert!(sentence.contains(part), "`{part}` isn't in: {sentence}");
    }
}

async fn status_tells_the_same(workspace: &Workspace, summary: &Summary) {
    let env = workspace.run(&["status", "-o", "env"]).await.printed();
    let env: BTreeMap<_, _> = env
        .lines()
        .map(|line| {
            let (name, value) = line.split_once('=').expect("NAME=value");
            (name.to_owned(), value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap().to_owned())
        })
        .collect();
    assert_eq!(env.keys().collect::<Vec<_>>(), NAMES);
    assert_eq!(
        [&env["EDGE_URL"], &env["API_URL"], &env["DB_URL"], &env["PUBLISHABLE_KEY"], &env["SECRET_KEY"]],
        [&summary.edge, &summary.api, &summary.database, &summary.publishable, &summary.secret]
    );
    assert_eq!([&env["INBUCKET_URL"], &env["MAILPIT_URL"]], [&summary.mail, &summary.mail]);
    let json: Value = serde_json::from_str(&workspace.run(&["status", "-o", "json"]).await.printed()).unwrap();
    assert_eq!(json, json!(env));
    let pretty = workspace.run(&["status"]).await.printed();
    for (name, value) in &env {
        assert!(pretty.contains(&format!("{name}: {value}\n")), "{pretty}");
    }
}

async fn admin_makes_an_admin(workspace: &Workspace, summary: &Summary) {
    let shop = Shop::on(summary);
    let email = "second.admin@shop.example".to_owned();
    let printed = workspace.run(&["admin", &email]).await.printed();
    let password = printed.lines().find_map(|line| line.strip_prefix("Password: ")).expect("a generated password");
    let admin = SignIn { email, password: password.to_owned() };
    assert_eq!(shop.sign_in(&admin).await.profile().await["role"], json!("admin"));

    // Whoever is one already stays one, with the password they have.
    let printed = workspace.run(&["admin", &admin.email]).await.printed();
    assert!(!printed.contains("Password"), "{printed}");
    assert_eq!(shop.sign_in(&admin).await.profile().await["role"], json!("admin"));
}

async fn ctrl_c_leaves_no_process(workspace: &Workspace, dev: Dev) {
    let postmaster = workspace.postmaster();
    let processes = tree(dev.pid()).await;
    assert!(processes.contains(&postmaster), "the server {postmaster} is a descendant: {processes:?}");
    dev.signal(Signal::SIGINT);
    let ended = dev.ended().await;
    assert_eq!(ended.status.code(), Some(0), "{ended:#?}");
    assert!(is_gone(postmaster), "the end waits for the server's");
    wait_until_gone(&processes).await;
    assert!(workspace.run(&["status"]).await.refusal().contains("isn't running"));
}

/// Kills the program and what watches over the server for it; what is left runs on alone.
async fn orphan_the_server(workspace: &Workspace, dev: Dev) -> Vec<Pid> {
    let postmaster = workspace.postmaster();
    let processes = tree(dev.pid()).await;
    let mut watchers = Vec::new();
    for guardian in children(dev.pid()).await {
        watchers.extend(children(guardian).await.into_iter().filter(|&pid| pid != postmaster));
    }
    assert_eq!(watchers.len(), 1, "one process watches over the server");
    kill(watchers[0], Signal::SIGKILL).unwrap();
    dev.signal(Signal::SIGKILL);
    assert!(!dev.ended().await.status.success());
    assert!(!is_gone(postmaster));
    processes
}

async fn stop_ends_it(workspace: &Workspace, dev: Dev) {
    let postmaster = workspace.postmaster();
    let processes = tree(dev.pid()).await;
    assert_eq!(workspace.run(&["stop"]).await.printed(), "Stopped.\n");
    assert!(is_gone(postmaster), "stop waits for the server's end");
    assert_eq!(dev.ended().await.status.code(), Some(0));
    wait_until_gone(&processes).await;
    assert!(workspace.run(&["stop"]).await.refusal().contains("isn't running"));
}

async fn a_broken_cluster_is_told(workspace: &Workspace) {
    std::fs::write(workspace.cluster().join("global/pg_control"), "damaged").unwrap();
    let sentence = finish(workspace.dev()).await.refusal();
    for part in ["pg_control", "postgres.log", "primostore reset"] {
        assert!(sentence.contains(part), "`{part}` isn't in: {sentence}");
    }
    workspace.run(&["reset"]).await.printed();
    assert!(!workspace.cluster().exists());
}

async fn customer_name(summary: &Summary) -> String {
    let profile = Shop::on(summary).sign_in(&summary.customer).await.profile().await;
    profile["name"].as_str().unwrap_or_default().to_owned()
}

async fn rename_customer(summary: &Summary, name: &str) {
    Shop::on(summary).sign_in(&summary.customer).await.rename(name).await;
}
