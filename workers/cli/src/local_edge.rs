//! The edge of `dev`: before the local Supabase, with what the environment says beside that.

use anyhow::Result;
use primostore_edge::Config;
use supabase_local::Running;
use supabase_local::ports::{self, DEFAULT_EDGE_PORT, Purpose};
use supabase_local::state_dir::StateDir;

use crate::environment::Variables;
use crate::options::DevOptions;
use crate::settings::Settings;

/// Variables that name another Supabase than the local one.
const ELSEWHERE: [&str; 2] = ["SUPABASE_JWKS_URL", "SUPABASE_JWT_ISSUER"];

/// Where the edge is to listen.
pub(crate) struct LocalEdge {
    port: u16,
}

impl LocalEdge {
    /// `None` where none is wanted. A taken port is told at once, not after a minute's work; but that this very shop
    /// runs already is better news, and follows.
    pub(crate) fn choose(state: &StateDir, options: &DevOptions, settings: &Settings) -> Result<Option<Self>> {
        if options.no_edge {
            return Ok(None);
        }
        let port = options.edge_port.or(settings.edge_port).unwrap_or(DEFAULT_EDGE_PORT);
        if !state.is_locked() {
            ports::require_free(port, Purpose::Edge)?;
        }
        Ok(Some(Self { port }))
    }

    /// Starts it.
    pub(crate) async fn start(&self, running: &Running, variables: &Variables) -> Result<primostore_edge::Running> {
        let (config, warnings) = Config::from_variables(|name| self.variable(name, running, variables))?;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        Ok(primostore_edge::start(config).await?)
    }

    fn variable(&self, name: &str, running: &Running, variables: &Variables) -> Option<String> {
        let keys = running.keys();
        let local = match name {
            "EDGE_ADDRESS" => format!("127.0.0.1:{}", self.port),
            "SUPABASE_URL" => keys.api_url().to_owned(),
            "SUPABASE_SECRET_KEY" => keys.secret().to_owned(),
            "SUPABASE_PUBLISHABLE_KEY" => keys.publishable().to_owned(),
            "SUPABASE_JWT_SECRET" => keys.jwt_secret().to_owned(),
            _ if ELSEWHERE.contains(&name) => return None,
            _ => {
                let given = variables.get(name).filter(|value| !value.trim().is_empty()).cloned();
                return given.or_else(|| default(name, running));
            }
        };
        Some(local)
    }
}

/// What stands in for a variable that is not set.
fn default(name: &str, running: &Running) -> Option<String> {
    let text = match name {
        // Whatever page is being developed.
        "ALLOWED_ORIGINS" => "*",
        // Another shop on this machine may have the usual port.
        "METRICS_ADDRESS" => "off",
        "PAYMENT_LINK_SECRET" => running.keys().payment_link_secret(),
        "MONITOR_TOKEN" => running.keys().monitor_token(),
        _ => return None,
    };
    Some(text.to_owned())
}
