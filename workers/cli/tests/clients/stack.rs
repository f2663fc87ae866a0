//! One running shop for all tests of this program, started as a developer starts it.

use std::fs::{File, Permissions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// Longer than anything takes on a busy machine: only what hangs meets it.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What `primostore status` tells of it.
pub(crate) struct Stack {
    pub(crate) api_url: String,
    pub(crate) edge_url: String,
    pub(crate) publishable_key: String,
    pub(crate) secret_key: String,
    /// The legacy key of the same rights, which is a JWT.
    pub(crate) service_role_key: String,
    /// As long as its stdin is open, the shop runs.
    _watcher: Child,
}

/// The one of this program, with its rate limits off: all tests come from one address.
pub(crate) async fn stack() -> &'static Stack {
    static ONE: OnceCell<Stack> = OnceCell::const_new();
    ONE.get_or_init(|| async {
        let started = tokio::time::timeout(PATIENCE, start()).await;
        let stack = started.expect("the shop starts");
        stack.turn_limits_off().await;
        stack
    })
    .await
}

/// A test program ends without a word: a shell that sees its stdin close stops what it has started, and deletes its folder.
const WATCH: &str = "folder=$1; shift; \"$@\" & cat; kill -TERM $!; wait $!; rm -rf \"$folder\"";

async fn start() -> Stack {
    // The user that runs PostgreSQL for root must be able to pass.
    let open = Permissions::from_mode(0o755);
    let folder = tempfile::Builder::new().prefix("primostore-clients-").permissions(open).tempdir().unwrap().keep();
    let log_file = folder.join("log");
    let log = File::create(&log_file).unwrap();
    let mut watcher = command("/bin/sh", &folder)
        .args(["-c", WATCH, "watcher"])
        .arg(&folder)
        .args([env!("CARGO_BIN_EXE_primostore"), "dev", "--state-dir", "state"])
        .args(["--api-port", &free_port(), "--db-port", &free_port(), "--edge-port", &free_port()])
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        let log = std::fs::read_to_string(&log_file).unwrap_or_default();
        assert!(!log.contains("error: ") && watcher.try_wait().unwrap().is_none(), "the shop does not start:\n{log}");
        let status = command(env!("CARGO_BIN_EXE_primostore"), &folder)
            .args(["status", "--output", "json", "--state-dir", "state"])
            .output()
            .unwrap();
        let status: Value = serde_json::from_slice(&status.stdout).unwrap_or_default();
        let value = |name: &str| status[name].as_str().unwrap_or_default().to_owned();
        // The edge comes last.
        if status["EDGE_URL"].is_string() {
            return Stack {
                api_url: value("API_URL"),
                edge_url: value("EDGE_URL"),
                publishable_key: value("PUBLISHABLE_KEY"),
                secret_key: value("SECRET_KEY"),
                service_role_key: value("SERVICE_ROLE_KEY"),
                _watcher: watcher,
            };
        }
    }
}

/// A program with nothing in its environment that would lead it elsewhere.
fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env_clear();
    for name in ["HOME", "PATH", "PRIMOSTORE_PG_BIN"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

fn free_port() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().unwrap().port().to_string()
}

impl Stack {
    async fn turn_limits_off(&self) {
        let client = Client::new();
        let setting = format!("{}/rest/v1/system_settings?key=eq.rate_limits.enabled", self.api_url);
        let request = client.patch(setting).header("apikey", &self.secret_key).json(&json!({ "value": false }));
        request.send().await.unwrap().error_for_status().unwrap();
        // The edge takes a few seconds to see it; until then its answers name a limit.
        let health = format!("{}/health", self.edge_url);
        while client.get(&health).send().await.unwrap().headers().contains_key("ratelimit") {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
