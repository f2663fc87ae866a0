//! What `config.toml` turns on and the local Supabase doesn't have.

use toml::{Table, Value};

use super::file::File;

/// The tables that are for other services, or for parts of Auth and Storage that aren't here. The Supabase CLI checks
/// what is in them; here it is only looked at for what is turned on.
const UNSERVED: [&str; 25] = [
    "analytics",
    "api.tls",
    "auth.captcha",
    "auth.email.notification",
    "auth.external",
    "auth.hook",
    "auth.mfa.phone",
    "auth.mfa.web_authn",
    "auth.oauth_server",
    "auth.passkey",
    "auth.sms",
    "auth.third_party",
    "auth.web3",
    "auth.webauthn",
    "db.network_restrictions",
    "db.pooler",
    "db.ssl_enforcement",
    "edge_runtime",
    "experimental",
    "functions",
    "realtime",
    "storage.analytics",
    "storage.image_transformation",
    "storage.vector",
    "studio",
];

/// A line for each part that is turned on and isn't here. `all` is the whole file.
pub(super) fn notices(all: &Table, file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for path in UNSERVED {
        if let Some(Value::Table(table)) = at(all, path) {
            turned_on(path, table, &mut found);
        }
    }
    let mut notices: Vec<String> =
        found.into_iter().map(|path| format!("[{path}] is turned on, but isn't part of the local Supabase")).collect();
    let given = [
        ("auth.signing_keys_path", &file.auth.signing_keys_path),
        ("auth.jwt_issuer", &file.auth.jwt_issuer),
        ("auth.jwt_secret", &file.auth.jwt_secret),
        ("auth.anon_key", &file.auth.anon_key),
        ("auth.service_role_key", &file.auth.service_role_key),
        ("auth.publishable_key", &file.auth.publishable_key),
        ("auth.secret_key", &file.auth.secret_key),
        ("api.external_url", &file.api.external_url),
    ];
    for (key, _) in given.into_iter().filter(|(_, value)| value.is_some()) {
        notices.push(format!("`{key}` is not used by the local Supabase, which makes its own"));
    }
    for (name, bucket) in &file.storage.buckets {
        if !bucket.objects_path.is_empty() {
            notices.push(format!("`storage.buckets.{name}.objects_path` is not uploaded by the local Supabase"));
        }
    }
    if file.db.seed.sql_paths.iter().any(|path| !matches!(path.as_str(), "./seed.sql" | "seed.sql")) {
        notices.push("`db.seed.sql_paths`: the local Supabase runs ./seed.sql only".to_owned());
    }
    if file.local_smtp.smtp_port.is_some() || file.local_smtp.pop3_port.is_some() {
        notices
            .push("`local_smtp.smtp_port` and `pop3_port`: the local Supabase takes mails of its Auth only".to_owned());
    }
    notices
}

fn at<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        Some((name, rest)) => at(table.get(name)?.as_table()?, rest),
        None => table.get(path),
    }
}

/// Adds the paths of the tables with `enabled = true`, or one of Auth's other switches.
fn turned_on(path: &str, table: &Table, found: &mut Vec<String>) {
    let is_on = |name: &str| match table.get(name) {
        Some(Value::Boolean(on)) => *on,
        Some(Value::String(text)) => text == "true",
        _ => false,
    };
    if ["enabled", "enable_signup", "enroll_enabled", "verify_enabled"].into_iter().any(is_on) {
        found.push(path.to_owned());
    }
    for (name, value) in table {
        if let Value::Table(table) = value {
            turned_on(&format!("{path}.{name}"), table, found);
        }
    }
}
