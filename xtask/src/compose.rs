//! From `sql/`, the database as it is, to `supabase/migrations/`, what ships: one migration per domain.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// Version of the first domain's migration; the others follow a minute apart.
const FIRST_VERSION: u64 = 20_261_101_000_100;
const VERSION_STEP: u64 = 100;

/// Writes the migrations and removes those that `sql/` no longer has.
pub(crate) fn write(root: &Path) -> Result<()> {
    let folder = root.join("supabase/migrations");
    let wanted = compose(root)?;
    fs::create_dir_all(&folder).with_context(|| format!("{} can't be created", folder.display()))?;
    for name in present(&folder)? {
        if !wanted.contains_key(&name) {
            println!("supabase/migrations/{name}: removed");
            fs::remove_file(folder.join(&name))?;
        }
    }
    for (name, text) in &wanted {
        let path = folder.join(name);
        if fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            continue;
        }
        println!("supabase/migrations/{name}: written");
        fs::write(&path, text).with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok(())
}

/// Fails when the migrations are not what [`write`] would write.
pub(crate) fn check(root: &Path) -> Result<()> {
    let folder = root.join("supabase/migrations");
    let wanted = compose(root)?;
    let mut stale = Vec::new();
    for name in present(&folder)?.union(&wanted.keys().cloned().collect()) {
        let text = fs::read_to_string(folder.join(name)).ok();
        if text.as_ref() != wanted.get(name) {
            stale.push(name.clone());
        }
    }
    ensure!(
        stale.is_empty(),
        "supabase/migrations is not what sql/ says ({}): run `cargo xtask migrations`",
        stale.join(", ")
    );
    println!("{} migrations are what sql/ says", wanted.len());
    Ok(())
}

/// File name and text of every migration.
fn compose(root: &Path) -> Result<BTreeMap<String, String>> {
    let sql = root.join("sql");
    let mut included = BTreeSet::new();
    let mut migrations = BTreeMap::new();
    let mut version = FIRST_VERSION;
    let top = sql.join("load.sql");
    included.insert(top.clone());
    for domain_file in includes(&top)? {
        let domain = domain_name(&sql, &domain_file)?;
        let mut text = format!(
            "-- Composed from sql/{domain} by `cargo xtask migrations`. Change it there, not here.\n\
             -- Until 1.0 the migrations may be rebuilt instead of added to.\n"
        );
        append(root, &domain_file, &mut included, &mut text)?;
        migrations.insert(format!("{version}_{domain}.sql"), text);
        version += VERSION_STEP;
    }
    let forgotten: Vec<_> = crate::sql_rules::sql_files(&sql)?
        .into_iter()
        .filter(|path| !included.contains(path))
        .map(|path| path.strip_prefix(root).unwrap_or(&path).display().to_string())
        .collect();
    ensure!(forgotten.is_empty(), "no load.sql includes {}: add it with \\ir, or delete it", forgotten.join(", "));
    Ok(migrations)
}

/// Adds a file's text, or, for a list of files, that of each file on it.
fn append(root: &Path, path: &Path, included: &mut BTreeSet<PathBuf>, text: &mut String) -> Result<()> {
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    ensure!(included.insert(path.to_path_buf()), "{name} is included twice: keep one");
    if path.file_name().is_some_and(|file| file == "load.sql") {
        for file in includes(path)? {
            append(root, &file, included, text)?;
        }
        return Ok(());
    }
    let body = fs::read_to_string(path).with_context(|| format!("{name} can't be read"))?;
    if let Some(line) = body.lines().position(|line| line.starts_with('\\')) {
        bail!("{name}:{}: a psql command does not work in a migration: only load.sql may use \\ir", line + 1);
    }
    text.push_str(&format!("\n-- {name}\n\n{}\n", body.trim()));
    Ok(())
}

/// The files a `load.sql` includes, in order.
fn includes(path: &Path) -> Result<Vec<PathBuf>> {
    let text = fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    let folder = path.parent().unwrap_or(path);
    let mut files = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with("--") {
            continue;
        }
        let Some(file) = line.strip_prefix("\\ir ") else {
            bail!("{}:{}: only `\\ir FILE` and comments stand in a load.sql", path.display(), number + 1);
        };
        files.push(folder.join(file.trim()));
    }
    Ok(files)
}

/// `catalogue` for `sql/catalogue/load.sql`.
fn domain_name(sql: &Path, file: &Path) -> Result<String> {
    let inside: Vec<_> = file.strip_prefix(sql)?.components().collect();
    match inside.as_slice() {
        [Component::Normal(domain), Component::Normal(load)] if *load == "load.sql" => {
            Ok(domain.to_string_lossy().into_owned())
        }
        _ => bail!("sql/load.sql includes {}: it may include `<domain>/load.sql` only", file.display()),
    }
}

/// The migrations that are there.
fn present(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    if !folder.is_dir() {
        return Ok(names);
    }
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sql") {
            names.insert(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn one_migration_per_domain_in_the_order_of_the_lists() {
        let folder = tree(&[
            ("sql/load.sql", "-- all\n\\ir base/load.sql\n\\ir cart/load.sql\n"),
            ("sql/base/load.sql", "\\ir b.sql\n\\ir a.sql\n"),
            ("sql/base/a.sql", "select 'a';\n"),
            ("sql/base/b.sql", "\nselect 'b';\n\n"),
            ("sql/cart/load.sql", "\\ir api/load.sql\n"),
            ("sql/cart/api/load.sql", "\\ir c.sql\n"),
            ("sql/cart/api/c.sql", "select 'c';"),
            ("supabase/migrations/20250101000000_old.sql", "select 1;"),
        ]);
        write(folder.path()).unwrap();
        let names: Vec<_> = present(&folder.path().join("supabase/migrations")).unwrap().into_iter().collect();
        assert_eq!(names, ["20261101000100_base.sql", "20261101000200_cart.sql"]);
        let base = fs::read_to_string(folder.path().join("supabase/migrations/20261101000100_base.sql")).unwrap();
        assert!(base.ends_with("\n-- sql/base/b.sql\n\nselect 'b';\n\n-- sql/base/a.sql\n\nselect 'a';\n"), "{base}");
        check(folder.path()).unwrap();
        fs::write(folder.path().join("sql/base/a.sql"), "select 'changed';").unwrap();
        let error = check(folder.path()).unwrap_err().to_string();
        assert!(error.contains("20261101000100_base.sql") && error.contains("cargo xtask migrations"), "{error}");
    }

    #[test]
    fn a_file_on_no_list_is_an_error() {
        let folder = tree(&[
            ("sql/load.sql", "\\ir base/load.sql\n"),
            ("sql/base/load.sql", ""),
            ("sql/base/lost.sql", "select 1;"),
        ]);
        assert!(compose(folder.path()).unwrap_err().to_string().contains("sql/base/lost.sql"));
    }

    #[test]
    fn a_file_on_two_lists_is_an_error() {
        let folder = tree(&[
            ("sql/load.sql", "\\ir base/load.sql\n"),
            ("sql/base/load.sql", "\\ir a.sql\n\\ir a.sql\n"),
            ("sql/base/a.sql", "select 1;"),
        ]);
        assert!(compose(folder.path()).unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn a_psql_command_outside_a_list_is_an_error() {
        let folder = tree(&[
            ("sql/load.sql", "\\ir base/load.sql\n"),
            ("sql/base/load.sql", "\\ir a.sql\n"),
            ("sql/base/a.sql", "select 1;\n\\set x 1\n"),
        ]);
        assert!(compose(folder.path()).unwrap_err().to_string().contains("sql/base/a.sql:2"));
    }
}
