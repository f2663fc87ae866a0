//! `config.toml` as it is written: its tables, keys and defaults, those of the Supabase CLI (version 3).

#![allow(dead_code, reason = "keys that only other programs read must be known, too")]

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny};
use toml::Table;

use super::auth::Auth;
use super::values::{count, duration, number, port, size, switch};

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct File {
    project_id: String,
    pub(crate) api: Api,
    pub(crate) db: Db,
    pub(crate) auth: Auth,
    pub(crate) storage: Storage,
    pub(crate) local_smtp: LocalSmtp,
    inbucket: Renamed,
    analytics: Table,
    compute: Table,
    edge_runtime: Table,
    experimental: Table,
    functions: Table,
    local: Table,
    realtime: Table,
    remotes: Table,
    studio: Table,
}

/// A table that newer versions of the Supabase CLI refuse.
#[derive(Clone, Debug, Default)]
struct Renamed;

impl<'de> Deserialize<'de> for Renamed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IgnoredAny)?;
        Err(D::Error::custom("[inbucket] is no longer supported; use [local_smtp] instead"))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Api {
    #[serde(deserialize_with = "switch")]
    pub(crate) enabled: bool,
    #[serde(deserialize_with = "port")]
    pub(crate) port: u16,
    pub(crate) schemas: Vec<String>,
    pub(crate) extra_search_path: Vec<String>,
    #[serde(deserialize_with = "count")]
    pub(crate) max_rows: u32,
    #[serde(deserialize_with = "switch")]
    auto_expose_new_tables: bool,
    tls: Table,
    pub(crate) external_url: Option<String>,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            enabled: true,
            port: 54321,
            schemas: vec!["public".to_owned(), "graphql_public".to_owned()],
            extra_search_path: vec!["public".to_owned(), "extensions".to_owned()],
            max_rows: 1000,
            auto_expose_new_tables: true,
            tls: Table::new(),
            external_url: None,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Db {
    #[serde(deserialize_with = "port")]
    pub(crate) port: u16,
    #[serde(deserialize_with = "port")]
    shadow_port: u16,
    #[serde(deserialize_with = "duration")]
    health_timeout: Duration,
    #[serde(deserialize_with = "number::<13, 17, u8, _>")]
    major_version: u8,
    orioledb_version: String,
    root_key: String,
    pub(crate) migrations: Migrations,
    pub(crate) seed: Seed,
    network_restrictions: Table,
    pooler: Table,
    settings: Table,
    ssl_enforcement: Table,
    vault: Table,
}

impl Default for Db {
    fn default() -> Self {
        Self {
            port: 54322,
            shadow_port: 54320,
            health_timeout: Duration::from_secs(120),
            major_version: 17,
            orioledb_version: String::new(),
            root_key: String::new(),
            migrations: Migrations::default(),
            seed: Seed::default(),
            network_restrictions: Table::new(),
            pooler: Table::new(),
            settings: Table::new(),
            ssl_enforcement: Table::new(),
            vault: Table::new(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Migrations {
    #[serde(deserialize_with = "switch")]
    pub(crate) enabled: bool,
    schema_paths: Vec<String>,
    checks: Table,
}

impl Default for Migrations {
    fn default() -> Self {
        Self { enabled: true, schema_paths: Vec::new(), checks: Table::new() }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Seed {
    #[serde(deserialize_with = "switch")]
    pub(crate) enabled: bool,
    pub(crate) sql_paths: Vec<String>,
}

impl Default for Seed {
    fn default() -> Self {
        Self { enabled: true, sql_paths: vec!["./seed.sql".to_owned()] }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LocalSmtp {
    #[serde(deserialize_with = "switch")]
    pub(crate) enabled: bool,
    #[serde(deserialize_with = "port")]
    pub(crate) port: u16,
    pub(crate) smtp_port: Option<toml::Value>,
    pub(crate) pop3_port: Option<toml::Value>,
    pub(crate) admin_email: String,
    pub(crate) sender_name: String,
}

impl Default for LocalSmtp {
    fn default() -> Self {
        Self {
            enabled: true,
            port: 54324,
            smtp_port: None,
            pop3_port: None,
            admin_email: "admin@email.com".to_owned(),
            sender_name: "Admin".to_owned(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Storage {
    #[serde(deserialize_with = "switch")]
    pub(crate) enabled: bool,
    /// In bytes.
    #[serde(deserialize_with = "size")]
    pub(crate) file_size_limit: u64,
    pub(crate) buckets: BTreeMap<String, Bucket>,
    image_transformation: Table,
    s3_protocol: Table,
    analytics: Table,
    vector: Table,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            enabled: true,
            file_size_limit: 50 * 1024 * 1024,
            buckets: BTreeMap::new(),
            image_transformation: Table::new(),
            s3_protocol: Table::new(),
            analytics: Table::new(),
            vector: Table::new(),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Bucket {
    #[serde(deserialize_with = "switch")]
    pub(crate) public: bool,
    /// In bytes; 0 for Storage's own limit.
    #[serde(deserialize_with = "size")]
    pub(crate) file_size_limit: u64,
    pub(crate) allowed_mime_types: Vec<String>,
    pub(crate) objects_path: String,
}
