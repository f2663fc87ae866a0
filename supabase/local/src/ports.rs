//! The ports of the local Supabase, and of the edge before it.

use std::net::{Ipv4Addr, TcpListener};

use crate::{Error, Result};

/// The API's port when nothing else is chosen, as with `supabase start`.
pub const DEFAULT_API_PORT: u16 = 54321;

/// The database's port when nothing else is chosen, as with `supabase start`.
pub const DEFAULT_DB_PORT: u16 = 54322;

/// The edge's port when nothing else is chosen.
pub const DEFAULT_EDGE_PORT: u16 = 8080;

/// What a port is for, and how another one is chosen.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// The gateway with REST, Auth and Storage.
    Api,
    /// PostgreSQL.
    Database,
    /// The page that shows the mails.
    Mail,
    /// The edge before the gateway.
    Edge,
}

impl Purpose {
    fn advice(self) -> (&'static str, &'static str) {
        match self {
            Self::Api => ("the API", "--api-port or PRIMOSTORE_API_PORT"),
            Self::Database => ("the database", "--db-port or PRIMOSTORE_DB_PORT"),
            Self::Mail => ("the page of the mails", "--mail-port, PRIMOSTORE_MAIL_PORT or [local_smtp] in config.toml"),
            Self::Edge => ("the edge", "--edge-port or PRIMOSTORE_EDGE_PORT"),
        }
    }
}

/// Refuses a port that another program listens on.
///
/// # Errors
/// A sentence naming the port and the option to choose another.
pub fn require_free(port: u16, purpose: Purpose) -> Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|error| taken(port, purpose, &error))
}

/// The sentence for a port that can't be had.
#[must_use]
pub fn taken(port: u16, purpose: Purpose, error: &std::io::Error) -> Error {
    let (name, options) = purpose.advice();
    if error.kind() == std::io::ErrorKind::AddrInUse {
        return Error::message(format!(
            "port {port}, wanted for {name}, is taken by another program; stop that, or choose another port with {options}"
        ));
    }
    Error::message(format!("port {port}, wanted for {name}, can't be used ({error}); choose another with {options}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_way_out() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = require_free(port, Purpose::Database).unwrap_err().to_string();
        assert!(error.contains(&port.to_string()) && error.contains("--db-port"), "{error}");
        drop(listener);
        assert!(require_free(port, Purpose::Database).is_ok());
    }
}
