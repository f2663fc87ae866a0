//! The shop's settings belong to all tests: who changes them has them alone until the end.

use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use super::supabase::{Supabase, supabase};

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Settings that are changed; as they were again when dropped.
pub(crate) struct Changed {
    supabase: &'static Supabase,
    restore: String,
    _alone: MutexGuard<'static, ()>,
}

/// Changes settings, once no other test has changed any.
pub(crate) async fn settings(changes: &[(&str, Value)]) -> Changed {
    let alone = ONE_AT_A_TIME.lock().await;
    let supabase = supabase().await;
    let (mut change, mut restore) = (String::new(), String::new());
    for (key, value) in changes {
        let old: Option<Value> = supabase
            .query_one(&format!("select (select value from public.system_settings where key = '{key}') as value"))
            .await;
        let old = old.unwrap_or_else(|| panic!("there is no setting {key}"));
        change.push_str(&update(key, value));
        restore.push_str(&update(key, &old));
    }
    let changed = Changed { supabase, restore, _alone: alone };
    supabase.sql(&change).await;
    changed
}

fn update(key: &str, value: &Value) -> String {
    let value = value.to_string().replace('\'', "''");
    format!("update public.system_settings set value = '{value}' where key = '{key}';\n")
}

impl Drop for Changed {
    fn drop(&mut self) {
        self.supabase.sql_blocking(std::mem::take(&mut self.restore));
    }
}
