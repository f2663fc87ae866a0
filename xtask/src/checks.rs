//! Supabase's own tools, and PostgreSQL's, on real databases: what `sql/` builds is what ships, and nothing is wrong with it.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::database::{Server, difference};
use crate::report::{Outcome, heading};
use crate::setup::{self, CargoTool};
use crate::shell::{capture, command, read, root};
use crate::stack::FRESH;
use crate::types;

const SQLX: CargoTool =
    CargoTool { name: "sqlx-cli", program: "sqlx", version: "0.9.0", features: &["postgres", "rustls", "sqlx-toml"] };

/// Built by `sql/load.sql`.
const SOURCE: &str = "primostore_source";
/// Built by the Supabase CLI from `supabase/migrations`: also the template of the pgTAP databases.
pub(crate) const MIGRATED: &str = "primostore_migrated";
/// Built by sqlx from `supabase/migrations`.
const SQLX_DATABASE: &str = "primostore_sqlx";
/// A copy that a check may change.
const COPY: &str = "primostore_copy";

/// The advisors look at what the API exposes, and this setting tells them; some take a database without it for one that
/// exposes nothing.
const EXPOSE: &str = "alter database primostore_copy set pgrst.db_schemas = 'public';";

/// A fresh database has had no traffic, so each of its indexes is an unused one.
const NOT_ON_A_FRESH_DATABASE: &str = "unused_index";

/// How much of a difference is printed.
const SHOWN_LINES: usize = 60;

/// Makes [`MIGRATED`] with the Supabase CLI.
pub(crate) fn migrate(server: &Server) -> Result<()> {
    heading("supabase db push");
    server.create(MIGRATED, FRESH)?;
    let output = read(supabase(&["db", "push", "--yes"])?.arg(remote(server, MIGRATED)))?;
    ensure!(output.contains("Finished supabase db push"), "`supabase db push` pushed nothing:\n{output}");
    println!("{} built from supabase/migrations", MIGRATED);
    Ok(())
}

/// A check looks at databases of one server.
type Check = fn(&Server) -> Result<Outcome>;

/// The checks, each with its name; [`migrate`] comes first.
pub(crate) const ALL: [(&str, Check); 10] = [
    ("sql/ = migrations", same_database),
    ("sql/ = migrations, self-test", differ_self_test),
    ("Local migrator", local_migrator),
    ("sqlx migrate", sqlx),
    ("supabase db advisors", advisors),
    ("supabase db advisors, self-test", advisors_self_test),
    ("supabase db lint", lint),
    ("supabase db lint, self-test", lint_self_test),
    ("Generated types", generated_types),
    ("Generated types, self-test", generated_types_self_test),
];

/// A database built from `sql/` equals one built from the migrations.
fn same_database(server: &Server) -> Result<Outcome> {
    heading("supabase db diff");
    server.create(SOURCE, FRESH)?;
    server.load(SOURCE, &root().join("sql/load.sql"))?;
    let mut failed = 0;
    for (from, to) in [(SOURCE, MIGRATED), (MIGRATED, SOURCE)] {
        let diff = diff(server, from, to)?;
        if !diff.is_empty() {
            let lines: Vec<_> = diff.lines().take(SHOWN_LINES).collect();
            println!("to get from {from} to {to}, at most {SHOWN_LINES} lines:\n{}", lines.join("\n"));
            failed += 1;
        }
    }
    // A differ may not know every kind of object; a dump leaves nothing out.
    failed += report_difference("schema", &server.schema(SOURCE)?, &server.schema(MIGRATED)?)?;
    failed += report_difference("rows", &server.rows(SOURCE)?, &server.rows(MIGRATED)?)?;
    Ok(Outcome::counted("sql/ = migrations", 4 - failed, failed, "supabase db diff both ways, pg_dump, rows")
        .remedy("run `cargo xtask migrations`; what differs is under `supabase db diff` above"))
}

fn report_difference(what: &str, source: &str, other: &str) -> Result<u64> {
    let Some(lines) = difference(&format!("{what}_source"), source, &format!("{what}_migrated"), other)? else {
        return Ok(0);
    };
    println!("the {what} differ:\n{lines}");
    Ok(1)
}

/// A differ that sees nothing would look like two equal databases.
fn differ_self_test(server: &Server) -> Result<Outcome> {
    let changes = [
        "comment on function public.place_order is 'changed';",
        "alter table public.products alter column name drop not null;",
        "create policy self_test on public.products for delete to anon using (true);",
        "grant delete on public.products to anon;",
        "insert into private.error_codes (code, status, message) values ('self_test', 400, 'x');",
    ];
    let mut failed = 0;
    for change in changes {
        server.create(COPY, MIGRATED)?;
        server.query(COPY, change)?;
        let seen = if change.starts_with("insert") {
            server.rows(COPY)? != server.rows(MIGRATED)?
        } else {
            !diff(server, MIGRATED, COPY)?.is_empty() && server.schema(COPY)? != server.schema(MIGRATED)?
        };
        if !seen {
            println!("the comparison does not see: {change}");
            failed += 1;
        }
    }
    let count = changes.len() as u64;
    Ok(Outcome::counted("sql/ = migrations, self-test", count - failed, failed, "each change made on purpose is seen"))
}

fn diff(server: &Server, from: &str, to: &str) -> Result<String> {
    // As text, the CLI writes its notices among the statements.
    let arguments = ["db", "diff", "--output-format", "json", "--from", &server.url(from), "--to", &server.url(to)];
    let text = read(&mut supabase(&arguments)?)?;
    let answer: Value =
        serde_json::from_str(text.trim()).with_context(|| format!("the Supabase CLI did not answer JSON:\n{text}"))?;
    let diff = answer.get("diff").and_then(Value::as_str);
    Ok(diff.with_context(|| format!("the Supabase CLI answered no diff:\n{text}"))?.trim().to_owned())
}

/// What the local Supabase migrated at its start is, for the Supabase CLI, up to date.
fn local_migrator(server: &Server) -> Result<Outcome> {
    heading("local migrator");
    let output = capture(supabase(&["db", "push", "--dry-run"])?.arg(remote(server, "postgres")))?;
    let up_to_date = output.status.success() && output.all().contains("up to date");
    if !up_to_date {
        println!("{}", output.all());
    }
    let failed = report_difference("schema_local", &server.schema("postgres")?, &server.schema(MIGRATED)?)?;
    let failed = failed + u64::from(!up_to_date);
    Ok(Outcome::counted("Local migrator", 2 - failed, failed, "supabase db push finds nothing to do; same schema"))
}

/// sqlx reads and runs the same files, and builds the same database.
fn sqlx(server: &Server) -> Result<Outcome> {
    heading("sqlx migrate");
    let tool = SQLX.path()?;
    server.create(SQLX_DATABASE, FRESH)?;
    let migrate = || {
        let mut sqlx = command(&tool, ["migrate", "run", "--source", "supabase/migrations", "--database-url"]);
        sqlx.arg(server.url(SQLX_DATABASE));
        capture(&mut sqlx)
    };
    let first = migrate()?;
    let second = migrate()?;
    let works = first.status.success()
        && first.stdout.contains("Applied")
        && second.status.success()
        && !second.stdout.contains("Applied");
    if !works {
        println!("{}{}", first.all(), second.all());
    }
    let failed = report_difference("schema_sqlx", &server.schema(SQLX_DATABASE)?, &server.schema(MIGRATED)?)?;
    let failed = failed + u64::from(!works);
    Ok(Outcome::counted("sqlx migrate", 2 - failed, failed, "runs the migrations once; same schema"))
}

/// The names and texts of what the advisors find in [`COPY`].
fn advise(server: &Server) -> Result<Vec<(String, String)>> {
    server.query(COPY, EXPOSE)?;
    let arguments =
        ["db", "advisors", "--type", "all", "--level", "info", "--fail-on", "none", "--output-format", "json"];
    let findings = results(supabase(&arguments)?.arg(remote(server, COPY)))?;
    let text = |finding: &Value, key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(findings.iter().map(|finding| (text(finding, "name"), text(finding, "detail"))).collect())
}

fn advisors(server: &Server) -> Result<Outcome> {
    heading("supabase db advisors");
    server.create(COPY, MIGRATED)?;
    let mut findings = advise(server)?;
    findings.retain(|(name, _)| name != NOT_ON_A_FRESH_DATABASE);
    for (name, detail) in &findings {
        println!("{name}: {detail}");
    }
    let note = format!("security and performance, down to info; without {NOT_ON_A_FRESH_DATABASE} (no traffic yet)");
    let found = findings.len() as u64;
    Ok(Outcome::counted("supabase db advisors", u64::from(found == 0), found, note)
        .remedy("see the lines under `supabase db advisors` above"))
}

/// Advisors that see no exposed schema would look like a clean one.
fn advisors_self_test(server: &Server) -> Result<Outcome> {
    let wanted = [
        "rls_disabled_in_public",
        "function_search_path_mutable",
        "multiple_permissive_policies",
        "unindexed_foreign_keys",
    ];
    server.create(COPY, MIGRATED)?;
    server.query(
        COPY,
        "create table public.self_test (id integer primary key, parent integer references public.self_test);\n\
         grant select on public.self_test to anon;\n\
         create function public.self_test() returns integer language sql as 'select 1';\n\
         create table public.self_test_policies (id integer primary key);\n\
         alter table public.self_test_policies enable row level security;\n\
         grant select on public.self_test_policies to anon;\n\
         create policy one on public.self_test_policies for select to anon using (id = 1);\n\
         create policy two on public.self_test_policies for select to anon using (id = 2);\n",
    )?;
    let findings = advise(server)?;
    let missed: Vec<_> = wanted.iter().filter(|name| !findings.iter().any(|(found, _)| found == *name)).collect();
    for name in &missed {
        println!("the advisors do not find a {name} made on purpose");
    }
    let (count, failed) = (wanted.len() as u64, missed.len() as u64);
    Ok(Outcome::counted(
        "supabase db advisors, self-test",
        count - failed,
        failed,
        "each fault made on purpose is found",
    ))
}

/// The functions of [`COPY`] that plpgsql_check finds fault with, and what it says.
fn check_functions(server: &Server) -> Result<Vec<(String, String)>> {
    // On a hosted project `postgres` may do this by itself.
    server.query_as_superuser(COPY, "create extension if not exists plpgsql_check with schema extensions;")?;
    let arguments = [
        "db",
        "lint",
        "--level",
        "warning",
        "--fail-on",
        "none",
        "--schema",
        "public,private",
        "--output-format",
        "json",
    ];
    let findings = results(supabase(&arguments)?.arg(remote(server, COPY)))?;
    Ok(findings
        .iter()
        .map(|finding| {
            let function = finding.get("function").and_then(Value::as_str).unwrap_or_default();
            (function.to_owned(), finding.get("issues").map(ToString::to_string).unwrap_or_default())
        })
        .collect())
}

fn lint(server: &Server) -> Result<Outcome> {
    heading("supabase db lint");
    server.create(COPY, MIGRATED)?;
    let findings = check_functions(server)?;
    for (function, issues) in &findings {
        println!("{function}: {issues}");
    }
    let functions: u64 = server
        .query(
            MIGRATED,
            "select count(*) from pg_proc p join pg_language l on l.oid = p.prolang \
             where l.lanname = 'plpgsql' and p.pronamespace in ('public'::regnamespace, 'private'::regnamespace);",
        )?
        .trim()
        .parse()?;
    let failed = findings.len() as u64;
    Ok(Outcome::counted(
        "supabase db lint",
        functions.saturating_sub(failed),
        failed,
        "PL/pgSQL functions, down to warnings",
    )
    .remedy("see the lines under `supabase db lint` above"))
}

fn lint_self_test(server: &Server) -> Result<Outcome> {
    server.create(COPY, MIGRATED)?;
    server.query(
        COPY,
        "create function private.self_test() returns integer set search_path = '' language plpgsql as 'begin return no_such_name; end';",
    )?;
    let found = check_functions(server)?.iter().any(|(function, _)| function == "private.self_test");
    if !found {
        println!("the lint does not find a function broken on purpose");
    }
    Ok(Outcome::gate("supabase db lint, self-test", found, "a function broken on purpose is found"))
}

/// The types that frontends use are what the migrated database says.
fn generated_types(server: &Server) -> Result<Outcome> {
    types::check(server, MIGRATED)
}

fn generated_types_self_test(server: &Server) -> Result<Outcome> {
    server.create(COPY, MIGRATED)?;
    types::self_test(server, COPY)
}

/// The Supabase CLI. It is told nothing of a project and tells nobody of itself.
pub(crate) fn supabase(arguments: &[&str]) -> Result<Command> {
    let mut supabase = command(setup::node_modules()?.join(".bin/supabase"), ["--agent", "no"]);
    supabase.args(arguments).env("SUPABASE_TELEMETRY_DISABLED", "1").env("DO_NOT_TRACK", "1");
    Ok(supabase)
}

/// The argument that names a database of the test server.
pub(crate) fn remote(server: &Server, database: &str) -> String {
    format!("--remote={}", server.url(database))
}

/// The list of results in the CLI's JSON.
fn results(command: &mut Command) -> Result<Vec<Value>> {
    let text = read(command)?;
    let answer: Value =
        serde_json::from_str(text.trim()).with_context(|| format!("the Supabase CLI did not answer JSON:\n{text}"))?;
    match answer.get("results") {
        Some(Value::Array(results)) => Ok(results.clone()),
        _ => bail!("the Supabase CLI answered no results:\n{text}"),
    }
}
