//! What a `config.toml` says is what Auth, Storage and REST do: each test starts a local Supabase with one of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use reqwest::{Client, Method, StatusCode, redirect};
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use supabase_local::auth::ProxyConfig;
use supabase_local::postgres::BIN_DIR_VARIABLE;
use supabase_local::project_config::{CONFIG_FILE, ProjectConfig};
use supabase_local::{Config, LocalSupabase, Running};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const PASSWORD: &str = "correct horse 1";

/// The file `welcome.html` of each project.
const WELCOME: &str = "<p>Welcome, {{ .Email }}: <a href=\"{{ .ConfirmationURL }}\">begin</a></p>";

struct Local {
    running: Running,
    client: Client,
    database: PgPool,
    _folder: TempDir,
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

impl Local {
    /// Starts one with this `config.toml`.
    async fn start(config: &str) -> Self {
        Self::start_behind(config, ProxyConfig::default()).await
    }

    async fn start_behind(config: &str, proxy: ProxyConfig) -> Self {
        // The user that runs PostgreSQL for root must be able to pass.
        let open = Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().prefix("supabase-local-").permissions(open).tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("supabase/migrations")).unwrap();
        std::fs::write(folder.path().join(CONFIG_FILE), config).unwrap();
        std::fs::write(folder.path().join("welcome.html"), WELCOME).unwrap();
        let mut start = Config::new(folder.path().join("state"), folder.path());
        start.project = ProjectConfig::read(folder.path(), &|_| None).unwrap();
        (start.api_port, start.db_port, start.mail_port) = (free_port(), free_port(), Some(free_port()));
        start.postgres_bin = std::env::var_os(BIN_DIR_VARIABLE).map(PathBuf::from);
        start.proxy = proxy;
        let running = LocalSupabase::start(start, &CancellationToken::new()).await.unwrap();
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        let database = PgPoolOptions::new().max_connections(2).connect_with(running.superuser().clone()).await.unwrap();
        Self { running, client, database, _folder: folder }
    }

    async fn stop(self) {
        self.database.close().await;
        self.running.shut_down().await;
    }

    /// Sends a request with the publishable key, or a bearer's token, and returns status and body.
    async fn send(&self, method: Method, path: &str, bearer: Option<&str>, body: Value) -> (StatusCode, Value) {
        let key = self.running.keys().publishable();
        let request = self.client.request(method, format!("{}{path}", self.running.api_url()));
        let request = request.header("apikey", key).bearer_auth(bearer.unwrap_or(key)).json(&body);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap_or_default())
    }

    async fn as_admin(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let key = self.running.keys().secret();
        let request = self.client.request(method, format!("{}{path}", self.running.api_url()));
        let response = request.header("apikey", key).bearer_auth(key).json(&body).send().await.unwrap();
        (response.status(), response.json().await.unwrap_or_default())
    }

    async fn sign_up(&self, email: &str, password: &str) -> (StatusCode, Value) {
        self.send(Method::POST, "/auth/v1/signup", None, json!({ "email": email, "password": password })).await
    }

    /// A confirmed user, signed in: the answer of `/token`.
    async fn signed_in(&self, email: &str) -> Value {
        let user = json!({ "email": email, "password": PASSWORD, "email_confirm": true });
        assert_eq!(self.as_admin(Method::POST, "/auth/v1/admin/users", user).await.0, StatusCode::OK);
        self.sign_in(email).await
    }

    async fn sign_in(&self, email: &str) -> Value {
        let body = json!({ "email": email, "password": PASSWORD });
        let (status, session) = self.send(Method::POST, "/auth/v1/token?grant_type=password", None, body).await;
        assert_eq!(status, StatusCode::OK, "{session}");
        session
    }

    async fn refresh(&self, token: &Value) -> (StatusCode, Value) {
        let body = json!({ "refresh_token": token });
        self.send(Method::POST, "/auth/v1/token?grant_type=refresh_token", None, body).await
    }

    /// The mails to an address, newest first.
    async fn mails(&self, to: &str) -> Vec<Value> {
        let url = format!("{}/api/v1/search", self.running.mail_url().unwrap());
        let answer = self.client.get(url).query(&[("query", format!("to:{to}"))]).send().await.unwrap();
        let found: Value = answer.json().await.unwrap();
        found["messages"].as_array().unwrap().clone()
    }

    async fn mail(&self, id: &Value) -> Value {
        let url = format!("{}/api/v1/message/{}", self.running.mail_url().unwrap(), id.as_str().unwrap());
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    async fn sql(&self, statement: &str) {
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&self.database).await.unwrap();
    }
}

fn code(answer: &(StatusCode, Value)) -> (u16, &str) {
    (answer.0.as_u16(), answer.1["error_code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_project_that_lets_nobody_sign_up_still_lets_people_in() {
    let local = Local::start("[auth]\nenable_signup = false\n").await;
    assert_eq!(code(&local.sign_up("a@example.test", PASSWORD).await), (422, "signup_disabled"));
    local.signed_in("b@example.test").await;
    local.stop().await;
}

#[tokio::test]
async fn a_project_without_e_mail_signs_nobody_in_by_it() {
    let local = Local::start("[auth.email]\nenabled = false\n").await;
    assert_eq!(code(&local.sign_up("a@example.test", PASSWORD).await), (422, "email_provider_disabled"));
    let body = json!({ "email": "a@example.test", "password": PASSWORD });
    let answer = local.send(Method::POST, "/auth/v1/token?grant_type=password", None, body).await;
    assert_eq!(code(&answer), (422, "email_provider_disabled"));
    local.stop().await;
}

#[tokio::test]
async fn passwords_are_as_long_and_as_mixed_as_the_project_wants() {
    let config = "[auth]\nminimum_password_length = 10\npassword_requirements = \"letters_digits\"\njwt_expiry = 120\n";
    let local = Local::start(config).await;
    let (status, refusal) = local.sign_up("a@example.test", "abcdefg1").await;
    assert_eq!((status, &refusal["weak_password"]["reasons"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(["length"])));
    let (_, refusal) = local.sign_up("a@example.test", "abcdefghijk").await;
    assert_eq!(refusal["weak_password"]["reasons"], json!(["characters"]));
    let (status, session) = local.sign_up("a@example.test", "abcdefghij1").await;
    assert_eq!((status, &session["expires_in"]), (StatusCode::OK, &json!(120)));
    local.stop().await;
}

#[tokio::test]
async fn mails_have_the_project_s_words() {
    let config = "[auth.email]\nenable_confirmations = true\n[auth.email.template.confirmation]\n\
        subject = \"Marhaba\"\ncontent_path = \"./welcome.html\"\n[local_smtp]\nadmin_email = \"shop@example.test\"\n";
    let local = Local::start(config).await;
    assert_eq!(local.sign_up("a@example.test", PASSWORD).await.0, StatusCode::OK);
    let mails = local.mails("a@example.test").await;
    let mail = local.mail(&mails[0]["ID"]).await;
    assert_eq!((&mail["Subject"], &mail["From"]["Address"]), (&json!("Marhaba"), &json!("shop@example.test")));
    let html = mail["HTML"].as_str().unwrap();
    assert!(html.starts_with("<p>Welcome, a@example.test: <a href=\"http"), "{html}");
    local.stop().await;
}

#[tokio::test]
async fn a_change_of_address_may_be_the_new_address_s_alone() {
    let local = Local::start("[auth.email]\ndouble_confirm_changes = false\notp_length = 8\n").await;
    let session = local.signed_in("old@example.test").await;
    let token = session["access_token"].as_str();
    let (status, _) = local.send(Method::PUT, "/auth/v1/user", token, json!({ "email": "new@example.test" })).await;
    assert_eq!(status, StatusCode::OK);
    assert!(local.mails("old@example.test").await.is_empty());
    let mails = local.mails("new@example.test").await;
    let text = local.mail(&mails[0]["ID"]).await["Text"].as_str().unwrap().to_owned();
    let code: String = text.split("code: ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    assert_eq!(code.len(), 8);
    let proof = json!({ "type": "email_change", "email": "new@example.test", "token": code });
    let (status, changed) = local.send(Method::POST, "/auth/v1/verify", None, proof).await;
    assert_eq!((status, &changed["user"]["email"]), (StatusCode::OK, &json!("new@example.test")));
    local.stop().await;
}

#[tokio::test]
async fn without_rotation_an_old_token_ends_nothing_but_itself() {
    let config = "[auth]\nenable_refresh_token_rotation = false\nrefresh_token_reuse_interval = 0\n";
    let local = Local::start(config).await;
    let first = local.signed_in("a@example.test").await;
    let (_, second) = local.refresh(&first["refresh_token"]).await;
    let (_, third) = local.refresh(&second["refresh_token"]).await;
    assert_eq!(code(&local.refresh(&first["refresh_token"]).await), (400, "refresh_token_already_used"));
    assert_eq!(local.refresh(&third["refresh_token"]).await.0, StatusCode::OK);
    local.stop().await;
}

#[tokio::test]
async fn sessions_last_no_longer_than_the_project_wants() {
    let local = Local::start("[auth.sessions]\ntimebox = \"24h\"\n").await;
    let session = local.signed_in("a@example.test").await;
    local.sql("update auth.sessions set created_at = now() - interval '25 hours'").await;
    assert_eq!(code(&local.refresh(&session["refresh_token"]).await), (400, "session_expired"));
    local.stop().await;
}

#[tokio::test]
async fn second_factors_are_enrolled_where_the_project_wants_them() {
    let local = Local::start("").await;
    let session = local.signed_in("a@example.test").await;
    let body = json!({ "factor_type": "totp" });
    let answer = local.send(Method::POST, "/auth/v1/factors", session["access_token"].as_str(), body).await;
    assert_eq!(code(&answer), (422, "mfa_totp_enroll_not_enabled"));
    local.stop().await;

    let on = "[auth.mfa]\nmax_enrolled_factors = 1\n[auth.mfa.totp]\nenroll_enabled = true\nverify_enabled = true\n";
    let local = Local::start(on).await;
    let session = local.signed_in("a@example.test").await;
    let enrol = |name: &'static str| {
        let body = json!({ "factor_type": "totp", "friendly_name": name });
        local.send(Method::POST, "/auth/v1/factors", session["access_token"].as_str(), body)
    };
    assert_eq!(enrol("one").await.0, StatusCode::OK);
    assert_eq!(code(&enrol("two").await), (422, "too_many_enrolled_mfa_factors"));
    local.stop().await;
}

#[tokio::test]
async fn identities_are_unlinked_where_the_project_wants_it_but_never_the_last() {
    let local = Local::start("[auth]\nenable_manual_linking = true\n").await;
    let session = local.signed_in("a@example.test").await;
    let token = session["access_token"].as_str();
    let shared = &local;
    let unlink = |id: Value| async move {
        let path = format!("/auth/v1/user/identities/{}", id.as_str().unwrap());
        shared.send(Method::DELETE, &path, token, json!({})).await
    };
    let own = session["user"]["identities"][0]["identity_id"].clone();
    assert_eq!(code(&unlink(own.clone()).await), (422, "single_identity_not_deletable"));
    local
        .sql(
            "insert into auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at)
            select 'x', id, '{\"sub\": \"x\", \"email\": \"x@example.test\"}', 'github', now(), now() from auth.users",
        )
        .await;
    assert_eq!(code(&unlink(json!(uuid::Uuid::nil())).await), (422, "identity_not_found"));
    assert_eq!(unlink(own).await.0, StatusCode::OK);
    let (_, user) = local.send(Method::GET, "/auth/v1/user", token, json!({})).await;
    assert_eq!((&user["email"], &user["identities"][0]["provider"]), (&json!("x@example.test"), &json!("github")));
    assert_eq!(user["app_metadata"]["providers"], json!(["github"]));
    let linked = local.send(Method::GET, "/auth/v1/user/identities/authorize?provider=github", token, json!({})).await;
    assert_eq!(code(&linked), (400, "validation_failed"));
    local.stop().await;
}

#[tokio::test]
async fn requests_of_one_address_are_limited_where_a_header_tells_it() {
    let config = "[auth]\nenable_anonymous_sign_ins = true\n[auth.rate_limit]\nanonymous_users = 1\n";
    let header = Some("cf-connecting-ip".parse().unwrap());
    let proxy = ProxyConfig { rate_limit_header: header, sb_forwarded_for: true };
    let local = Local::start_behind(config, proxy).await;
    let from = |address: &'static str| {
        let url = format!("{}/auth/v1/signup", local.running.api_url());
        let key = local.running.keys().secret();
        let request = local.client.post(url).header("apikey", key).header("sb-forwarded-for", address);
        async move { request.json(&json!({})).send().await.unwrap().status() }
    };
    assert_eq!(from("203.0.113.1").await, StatusCode::OK);
    assert_eq!(from("203.0.113.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from("203.0.113.2").await, StatusCode::OK);
    local.stop().await;
}

#[tokio::test]
async fn buckets_and_the_largest_file_are_the_project_s() {
    let config = "[storage]\nfile_size_limit = \"10B\"\n[storage.buckets.pictures]\npublic = true\n\
        allowed_mime_types = [\"text/plain\"]\n";
    let local = Local::start(config).await;
    let (_, bucket) = local.as_admin(Method::GET, "/storage/v1/bucket/pictures", json!({})).await;
    assert_eq!((&bucket["public"], &bucket["allowed_mime_types"]), (&json!(true), &json!(["text/plain"])));
    let upload = |name: &'static str, text: &'static str| {
        let url = format!("{}/storage/v1/object/pictures/{name}", local.running.api_url());
        let key = local.running.keys().secret();
        let request = local.client.post(url).header("apikey", key).header("content-type", "text/plain");
        async move { request.body(text).send().await.unwrap().status() }
    };
    assert_eq!(upload("small.txt", "0123456789").await, StatusCode::OK);
    assert_eq!(upload("large.txt", "0123456789a").await, StatusCode::BAD_REQUEST);
    local.stop().await;
}

#[tokio::test]
async fn rest_serves_the_project_s_schemas_and_rows() {
    let local = Local::start("[api]\nschemas = [\"shop\"]\nmax_rows = 2\n").await;
    local
        .sql(
            "create schema shop; grant usage on schema shop to anon; create table shop.things (id int);
            insert into shop.things select generate_series(1, 5); grant select on shop.things to anon;
            notify pgrst",
        )
        .await;
    let mut rows = local.send(Method::GET, "/rest/v1/things", None, json!({})).await;
    // The schema is read again when PostgreSQL has told of it.
    while rows.0 == StatusCode::NOT_FOUND {
        tokio::task::yield_now().await;
        rows = local.send(Method::GET, "/rest/v1/things", None, json!({})).await;
    }
    assert_eq!(rows.1.as_array().map(Vec::len), Some(2), "{rows:?}");
    local.stop().await;
}
