//! Runs the program, on a state directory and ports of its own.

use std::fs::Permissions;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::summary::Summary;

/// Longer than anything takes on a busy machine: only what hangs meets it.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(300);

/// Variables that would lead a test elsewhere. `PRIMOSTORE_PG_BIN` isn't one: it tells where PostgreSQL is.
const MISLEADING: [&str; 40] = [
    "ADDITIONAL_REDIRECT_URLS",
    "ALLOWED_ORIGINS",
    "AUTH_IP_FORWARDING",
    "CLIENT_IP_HEADER",
    "EDGE_ADDRESS",
    "EDGE_PUBLIC_URL",
    "GOTRUE_RATE_LIMIT_HEADER",
    "GOTRUE_SECURITY_SB_FORWARDED_FOR_ENABLED",
    "LOG_FORMAT",
    "MAX_CONNECTIONS",
    "MAX_CONNECTIONS_PER_ADDRESS",
    "MAX_REQUEST_SIZE_MB",
    "MAX_WEBSOCKETS",
    "MAX_WEBSOCKETS_PER_ADDRESS",
    "METRICS_ADDRESS",
    "MONITOR_TOKEN",
    "PAYMENT_LINK_SECRET",
    "PRIMOSTORE_API_PORT",
    "PRIMOSTORE_DB_PORT",
    "PRIMOSTORE_EDGE_PORT",
    "PRIMOSTORE_MAIL_PORT",
    "PRIMOSTORE_STATE_DIR",
    "RUST_LOG",
    "SHUTDOWN_SECONDS",
    "SITE_URL",
    "SMTP_HOST",
    "SMTP_PASS",
    "SMTP_PORT",
    "SMTP_SENDER",
    "SMTP_USER",
    "STRIPE_API_BASE",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "SUPABASE_JWKS_URL",
    "SUPABASE_JWT_ISSUER",
    "SUPABASE_JWT_SECRET",
    "SUPABASE_PUBLISHABLE_KEY",
    "SUPABASE_SECRET_KEY",
    "SUPABASE_URL",
    "UPSTREAM_TIMEOUT_SECONDS",
];

/// A working directory that holds nothing but a state directory, and four ports.
pub(crate) struct Workspace {
    dir: TempDir,
    pub(crate) api_port: u16,
    pub(crate) db_port: u16,
    pub(crate) edge_port: u16,
    pub(crate) mail_port: u16,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        // The user that runs PostgreSQL for root must be able to pass.
        let open = Permissions::from_mode(0o755);
        let dir = tempfile::Builder::new().prefix("primostore-process-").permissions(open).tempdir().unwrap();
        Self { dir, api_port: free_port(), db_port: free_port(), edge_port: free_port(), mail_port: free_port() }
    }

    /// The working directory, where `.env` stands.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir().join("state")
    }

    /// The folder of the database cluster.
    pub(crate) fn cluster(&self) -> PathBuf {
        self.state().join("db")
    }

    /// The server's process, as it wrote it down itself.
    pub(crate) fn postmaster(&self) -> Pid {
        let text = std::fs::read_to_string(self.cluster().join("postmaster.pid")).expect("the server has a pid file");
        Pid::from_raw(text.lines().next().and_then(|line| line.trim().parse().ok()).expect("it begins with a number"))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_primostore"));
        command.args(arguments).arg("--state-dir").arg(self.state()).current_dir(self.dir());
        for name in MISLEADING {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// `dev` on this workspace's ports.
    pub(crate) fn dev(&self) -> Command {
        let ports = [self.api_port, self.db_port, self.edge_port, self.mail_port];
        let [api, database, edge, mail] = ports.map(|port| port.to_string());
        let ports = ["--api-port", &api, "--db-port", &database, "--edge-port", &edge, "--mail-port", &mail];
        self.command(&[&["dev"], &ports[..]].concat())
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        finish(self.command(arguments)).await
    }

    /// Starts the shop, and returns once its summary is there.
    pub(crate) async fn start(&self) -> (Dev, Summary) {
        let mut dev = Dev::spawn(self.dev());
        let summary = dev.summary().await;
        (dev, summary)
    }
}

/// Runs a command to its end.
pub(crate) async fn finish(mut command: Command) -> Ended {
    let output = tokio::time::timeout(TIMEOUT, command.output()).await.expect("the command ends").unwrap();
    Ended {
        status: output.status,
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What is left of a run.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// What a command that went well printed.
    #[track_caller]
    pub(crate) fn printed(self) -> String {
        assert!(self.status.success(), "{self:#?}");
        self.stdout
    }

    /// The one sentence of a command that failed. Progress may stand before it, nothing after it.
    #[track_caller]
    pub(crate) fn refusal(self) -> String {
        assert_eq!(self.status.code(), Some(1), "{self:#?}");
        assert_eq!(self.stdout, "", "a refusal goes to stderr: {self:#?}");
        let complaints: Vec<_> = self.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(complaints.len(), 1, "one sentence: {self:#?}");
        assert_eq!(self.stderr.lines().last(), complaints.first().copied(), "nothing comes after it: {self:#?}");
        complaints[0].trim_start_matches("error: ").to_owned()
    }
}

/// A `dev` that runs.
pub(crate) struct Dev {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    progress: watch::Receiver<String>,
    reader: JoinHandle<()>,
}

impl Dev {
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, progress) = watch::channel(String::new());
        let reader = tokio::spawn(read_on(child.stderr.take().unwrap(), sender));
        Self { child, stdout, progress, reader }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id().expect("it runs")).unwrap())
    }

    /// What it has told on stderr so far.
    pub(crate) fn progress(&self) -> String {
        self.progress.borrow().clone()
    }

    /// Waits until it has told this on stderr.
    pub(crate) async fn wait_for_progress(&mut self, text: &str) {
        let told = self.progress.wait_for(|told| told.contains(text));
        let told = tokio::time::timeout(TIMEOUT, told).await.expect("it goes on").map(|_| ());
        assert!(told.is_ok(), "it ended before it told `{text}`:\n{}", self.progress());
    }

    /// What its start ends with.
    async fn summary(&mut self) -> Summary {
        let mut text = String::new();
        loop {
            let line = tokio::time::timeout(TIMEOUT, self.stdout.next_line()).await.expect("it starts").unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended without a summary:\n{}", self.progress()));
            text.push_str(&line);
            text.push('\n');
            if line.contains(Summary::LAST) {
                return Summary::parse(&text);
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) -> Ended {
        let status = tokio::time::timeout(TIMEOUT, self.child.wait()).await.expect("it ends").unwrap();
        tokio::time::timeout(TIMEOUT, self.reader).await.expect("its stderr ends with it").unwrap();
        let mut stdout = String::new();
        self.stdout.into_inner().read_to_string(&mut stdout).await.unwrap();
        Ended { status, stdout, stderr: self.progress.borrow().clone() }
    }
}

/// Publishes what comes in, as it comes.
async fn read_on(mut stderr: ChildStderr, sender: watch::Sender<String>) {
    let mut bytes = Vec::new();
    while stderr.read_buf(&mut bytes).await.unwrap() > 0 {
        sender.send_replace(String::from_utf8_lossy(&bytes).into_owned());
    }
}

/// A port that nobody listens on: below those that outgoing connections take, and no two alike in this process.
pub(crate) fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(20_000 + std::process::id() % 10_000).unwrap();
    loop {
        let port = first + TRIED.fetch_add(1, Ordering::Relaxed);
        assert!(port < 32_000, "a port is free");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
