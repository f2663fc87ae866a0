//! The demo shop's two accounts: their passwords are generated once, and told at every start.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use supabase_local::keys::random_password;
use supabase_local::state_dir::StateDir;

use crate::supabase::{Role, Supabase};

/// The file, in the state directory, that keeps them.
const FILE: &str = "demo-accounts.json";

/// Who may sign in to the demo shop.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Demo {
    pub(crate) customer: Account,
    pub(crate) admin: Account,
    /// Whether both exist in the shop.
    ready: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) email: String,
    pub(crate) password: String,
}

impl Demo {
    /// The accounts, created on the first start. They are written down first, so that an interrupted start can go on.
    pub(crate) async fn prepare(state: &StateDir, supabase: &Supabase) -> Result<Self> {
        let mut demo = match Self::load(state)? {
            Some(demo) => demo,
            None => Self::generate(),
        };
        if !demo.ready {
            demo.save(state)?;
            for (account, role) in [(&demo.customer, Role::Customer), (&demo.admin, Role::Admin)] {
                supabase
                    .ensure_user(&account.email, Some(&account.password), role)
                    .await
                    .with_context(|| format!("can't create the demo account {}", account.email))?;
            }
            demo.ready = true;
            demo.save(state)?;
        }
        Ok(demo)
    }

    fn generate() -> Self {
        let account = |email: &str| Account { email: email.to_owned(), password: random_password() };
        Self { customer: account("customer@primostore.test"), admin: account("admin@primostore.test"), ready: false }
    }

    fn load(state: &StateDir) -> Result<Option<Self>> {
        let path = state.path().join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .map(Some)
                .with_context(|| format!("{} is damaged; delete it to get new demo accounts", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
        }
    }

    fn save(&self, state: &StateDir) -> Result<()> {
        Ok(state.write_private(FILE, &serde_json::to_string_pretty(self)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_the_same_twice() {
        let (one, other) = (Demo::generate(), Demo::generate());
        assert_ne!(one.admin.password, other.admin.password);
        assert_ne!(one.admin.password, one.customer.password);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::create(dir.path()).unwrap();
        assert_eq!(Demo::load(&state).unwrap(), None);
        let demo = Demo::generate();
        demo.save(&state).unwrap();
        assert_eq!(Demo::load(&state).unwrap(), Some(demo));
    }
}
