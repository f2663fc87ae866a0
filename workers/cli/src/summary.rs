//! What `dev` ends its start with: a summary of everything one needs next.

use supabase_local::Running;

use crate::demo::Demo;

/// The summary of a running shop.
pub(crate) fn of(running: &Running, edge: Option<&str>, demo: &Demo) -> String {
    let api = running.api_url();
    let door = edge.unwrap_or(api);
    let edge = edge.unwrap_or("not started (--no-edge)");
    let keys = running.keys();
    let kept = running.state().mail();
    let mail = running.mail_url().map_or_else(|| kept.display().to_string(), ToOwned::to_owned);
    format!(
        "
PrimoStore is running. Ctrl-C stops it, a second one at once.

  Edge             {edge}
  API              {api}
  Database         {database}
  Mail             {mail}

  Publishable key  {publishable}
  Secret key       {secret}
                   The secret key bypasses every rule: servers only, never a browser.

  Sign in as       {customer}   {customer_password}
                   {admin}      {admin_password}

  Try it           curl '{door}/rest/v1/products?select=name,price&limit=3' -H 'apikey: {publishable}'
  More             cargo run -- status -o env    every address and key
                   cargo run -- admin EMAIL      make somebody an admin
                   cargo run -- reset            start anew
",
        database = running.db_url(),
        publishable = keys.publishable(),
        secret = keys.secret(),
        customer = demo.customer.email,
        customer_password = demo.customer.password,
        admin = demo.admin.email,
        admin_password = demo.admin.password,
    )
}
