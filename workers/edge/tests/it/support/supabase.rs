//! One local Supabase for all tests of this program, with the database as `sql/` describes it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, PgPool};
use supabase_local::LocalSupabase;
use supabase_local::keys::Keys;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use super::ports::free_port;

/// A local Supabase that serves until the tests end.
pub(crate) struct Supabase {
    /// Its own threads: what is opened there outlives the runtime of a single test.
    runtime: Handle,
    keys: Keys,
    database: PgPool,
    superuser: PgConnectOptions,
    client: reqwest::Client,
}

/// The one of this program, started by the first test that needs it. Its limits are off: see [`super::settings`].
pub(crate) async fn supabase() -> &'static Supabase {
    static ONE: OnceLock<Supabase> = OnceLock::new();
    ONE.get_or_init(start)
}

/// One more, for tests that break its database: each has it alone until what is returned is dropped.
pub(crate) async fn supabase_alone() -> (&'static Supabase, MutexGuard<'static, ()>) {
    static ONE: OnceLock<Supabase> = OnceLock::new();
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    let alone = ONE_AT_A_TIME.lock().await;
    (ONE.get_or_init(start), alone)
}

fn start() -> Supabase {
    let (sender, started) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        runtime.block_on(serve(handle, &sender));
    });
    started.recv().expect("the local Supabase starts: see above")
}

async fn serve(runtime: Handle, sender: &std::sync::mpsc::Sender<Supabase>) {
    // The user that runs PostgreSQL for root must be able to pass.
    let open = Permissions::from_mode(0o755);
    let folder = tempfile::Builder::new().prefix("primostore-edge-").permissions(open).tempdir().unwrap();
    write_migrations(folder.path());
    let mut config = supabase_local::Config::new(folder.path().join("state"), folder.path());
    (config.api_port, config.db_port) = (free_port(), free_port());
    config.postgres_bin = std::env::var_os("PRIMOSTORE_PG_BIN").map(PathBuf::from);
    let mut running = LocalSupabase::start(config, &CancellationToken::new()).await.unwrap();
    remove_afterwards(folder);

    let database = PgPoolOptions::new().max_connections(10).connect_with(running.owner().clone()).await.unwrap();
    let (keys, superuser) = (running.keys().clone(), running.superuser().clone());
    let supabase = Supabase { runtime, keys, database, superuser, client: reqwest::Client::new() };
    supabase.execute("update public.system_settings set value = 'false' where key = 'rate_limits.enabled'").await;
    sender.send(supabase).unwrap();
    panic!("{}", running.failed().await);
}

/// From `sql/`, as it is now: that `supabase/migrations` says the same is proved elsewhere.
fn write_migrations(project: &Path) {
    let folder = project.join("supabase/migrations");
    std::fs::create_dir_all(&folder).unwrap();
    let sql = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sql");
    for (index, domain) in includes(&sql.join("load.sql")).iter().enumerate() {
        let name = domain.parent().and_then(Path::file_name).unwrap().display().to_string();
        let mut text = String::new();
        append(domain, &mut text);
        std::fs::write(folder.join(format!("{}_{name}.sql", 20_260_101_000_000 + index)), text).unwrap();
    }
}

/// Adds a file's text, or, for a list of files, that of each file on it.
fn append(file: &Path, text: &mut String) {
    if file.ends_with("load.sql") {
        includes(file).iter().for_each(|file| append(file, text));
    } else {
        text.push_str(&std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())));
        text.push('\n');
    }
}

/// The files that a `load.sql` includes, in order.
fn includes(list: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(list).unwrap();
    text.lines().filter_map(|line| Some(list.with_file_name(line.strip_prefix("\\ir ")?.trim()))).collect()
}

/// A test program ends without a word: a shell that sees the pipe to it close deletes what the server leaves.
fn remove_afterwards(folder: TempDir) {
    let folder = folder.keep();
    let script = "cat; while [ -e \"$1/state/db/postmaster.pid\" ]; do sleep 0.2; done; rm -rf \"$1\"";
    let shell = Command::new("/bin/sh")
        .args(["-c", script, "cleaner"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Its end of the pipe stays open as long as this process lives.
    std::mem::forget(shell);
}

impl Supabase {
    /// The gateway's address, without a slash at its end.
    pub(crate) fn url(&self) -> &str {
        self.keys.api_url()
    }

    pub(crate) fn publishable_key(&self) -> &str {
        self.keys.publishable()
    }

    pub(crate) fn secret_key(&self) -> &str {
        self.keys.secret()
    }

    pub(crate) fn jwt_secret(&self) -> &str {
        self.keys.jwt_secret()
    }

    /// The keys, to sign tokens with.
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A client without redirects, for requests past the edge. Use it through [`Supabase::on_its_threads`].
    pub(super) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Runs what uses connections that tests share: those belong to these threads.
    pub(super) async fn on_its_threads<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.runtime.spawn(work).await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Runs statements as the database's owner.
    pub(crate) async fn sql(&self, statements: &str) {
        let (database, statements) = (self.database.clone(), statements.to_owned());
        self.on_its_threads(async move {
            let done = sqlx::raw_sql(AssertSqlSafe(statements.clone())).execute(&database).await;
            done.unwrap_or_else(|error| panic!("{error}: {statements}"));
        })
        .await;
    }

    /// The same where nothing can be awaited.
    pub(super) fn sql_blocking(&self, statements: String) {
        let (sender, done) = std::sync::mpsc::channel();
        let database = self.database.clone();
        self.runtime.spawn(async move {
            let result = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&database).await;
            let _ = sender.send(result);
        });
        let result = done.recv();
        // A second panic while one unwinds would hide the first.
        assert!(std::thread::panicking() || matches!(result, Ok(Ok(_))), "{result:?}");
    }

    async fn execute(&self, statements: &str) {
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&self.database).await.unwrap();
    }

    /// The only column of the only row that a query as the database's owner gives.
    pub(crate) async fn query_one<T>(&self, query: &str) -> T
    where
        T: Send + Unpin + 'static + sqlx::Type<sqlx::Postgres> + for<'row> sqlx::Decode<'row, sqlx::Postgres>,
    {
        let (database, query) = (self.database.clone(), query.to_owned());
        self.on_its_threads(async move {
            let row: Result<(T,), _> = sqlx::query_as(AssertSqlSafe(query.clone())).fetch_one(&database).await;
            row.unwrap_or_else(|error| panic!("{error}: {query}")).0
        })
        .await
    }

    /// Runs statements as the superuser, on a connection that stays until what is returned is dropped.
    pub(crate) async fn superuser(&self, statements: &str) -> PgConnection {
        let (superuser, statements) = (self.superuser.clone(), statements.to_owned());
        self.on_its_threads(async move {
            let mut connection = superuser.connect().await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
            connection
        })
        .await
    }
}
