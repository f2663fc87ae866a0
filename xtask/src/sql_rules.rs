//! The house rules for SQL that no linter we found knows. The grammar itself is checked by a real one
//! (see `gates`), which has PostgreSQL's own parser.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace};

/// A broken rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    line: u64,
    message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.line, self.message)
    }
}

/// Characters; a text in quotes may be longer.
const LONGEST_LINE: usize = 140;

/// Which rules a file is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Layout and lower case.
    Text,
    /// And what the database's own source must keep to.
    Database,
}

/// All `.sql` files under a folder but its lists of files, sorted. Empty when there is no such folder.
pub(crate) fn sql_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("{} can't be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "sql")
            && path.file_name().is_some_and(|name| name != "load.sql")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// The rules a text breaks.
pub(crate) fn faults(text: &str, rules: Rules) -> Vec<Fault> {
    let mut faults = layout(text, rules);
    let readable: Vec<_> = text.lines().map(|line| if line.starts_with('\\') { "" } else { line }).collect();
    match tokens(&readable.join("\n")) {
        Ok(tokens) => {
            lower_case(&tokens, 1, &mut faults);
            if rules == Rules::Database {
                built_from_nothing(&tokens, &mut faults);
                functions(&tokens, &mut faults);
            }
        }
        Err(message) => faults.push(Fault { line: 1, message }),
    }
    faults.sort_by_key(|fault| fault.line);
    faults
}

fn layout(text: &str, rules: Rules) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        let mut fault = |message: &str| {
            faults.push(Fault { line: number, message: message.to_owned() });
        };
        if line.contains('\t') {
            fault("a tab: indent with 4 spaces");
        }
        if line.ends_with([' ', '\r']) {
            fault("the line ends with a blank: remove it");
        }
        if rules == Rules::Database && line.chars().count() > LONGEST_LINE && !line.contains('\'') {
            fault("the line is too long to read beside another: break it");
        }
    }
    if !text.ends_with('\n') || text.ends_with("\n\n") {
        faults.push(Fault {
            line: text.lines().count() as u64,
            message: "the file must end with one line break".to_owned(),
        });
    }
    faults
}

/// The tokens that mean something, each with its place.
fn tokens(text: &str) -> Result<Vec<TokenWithSpan>, String> {
    let all = Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize_with_location()
        .map_err(|error| format!("can't be read: {error}"))?;
    Ok(all
        .into_iter()
        .filter(|token| {
            !matches!(
                token.token,
                Token::Whitespace(
                    Whitespace::Space
                        | Whitespace::Newline
                        | Whitespace::Tab
                        | Whitespace::SingleLineComment { .. }
                        | Whitespace::MultiLineComment(_)
                )
            )
        })
        .collect())
}

/// Keywords and names are lower case, in function bodies too.
fn lower_case(tokens: &[TokenWithSpan], first_line: u64, faults: &mut Vec<Fault>) {
    for (index, token) in tokens.iter().enumerate() {
        let line = first_line + token.span.start.line - 1;
        match &token.token {
            Token::Word(word) if word.quote_style.is_none() && word.value.chars().any(char::is_uppercase) => faults
                .push(Fault { line, message: format!("`{}`: write keywords and names in lower case", word.value) }),
            Token::DollarQuotedString(body) if is_body(tokens, index) => {
                if let Ok(inner) = self::tokens(&body.value) {
                    lower_case(&inner, line, faults);
                }
            }
            _ => {}
        }
    }
}

/// A dollar-quoted string is code after `as` (a function) and in a `do` block.
fn is_body(tokens: &[TokenWithSpan], index: usize) -> bool {
    index > 0 && matches!(word(&tokens[index - 1]), Some("as" | "do"))
}

/// The database is built from nothing, so nothing is replaced and nothing is there already.
fn built_from_nothing(tokens: &[TokenWithSpan], faults: &mut Vec<Fault>) {
    for (index, token) in tokens.iter().enumerate() {
        let following = |offset: usize| tokens.get(index + offset).and_then(word);
        if word(token) != Some("create") {
            continue;
        }
        let line = token.span.start.line;
        if following(1) == Some("or") && following(2) == Some("replace") {
            faults.push(Fault {
                line,
                message: "`create or replace`: sql/ builds the database from nothing, use plain `create`".to_owned(),
            });
        }
        // A hosted project may bring an extension along.
        if following(1) != Some("extension")
            && (2..4).any(|offset| following(offset) == Some("if") && following(offset + 1) == Some("not"))
        {
            faults.push(Fault {
                line,
                message: "`if not exists`: sql/ builds the database from nothing, leave it out".to_owned(),
            });
        }
    }
}

/// The attributes of a function in the order they are written here.
const ATTRIBUTES: [&str; 6] = ["returns", "volatility", "security", "set", "language", "body"];

fn functions(tokens: &[TokenWithSpan], faults: &mut Vec<Fault>) {
    let mut index = 0;
    while index < tokens.len() {
        let is_function = word(&tokens[index]) == Some("create")
            && tokens[index + 1..]
                .iter()
                .take(3)
                .map_while(word)
                .any(|following| matches!(following, "function" | "procedure"));
        index += 1;
        if is_function {
            index = function(tokens, index, faults);
        }
    }
}

/// Checks one function; returns where its statement ends.
fn function(tokens: &[TokenWithSpan], start: usize, faults: &mut Vec<Fault>) -> usize {
    let line = tokens[start].span.start.line;
    let mut fault = |message: String| faults.push(Fault { line, message });
    let mut index = start;
    while index < tokens.len() && tokens[index].token != Token::LParen {
        index += 1;
    }
    let name: String = tokens[start..index].iter().map(|token| token.token.to_string()).collect::<Vec<_>>().join("");
    let name = name.trim_start_matches("orreplace").trim_start_matches("function").trim_start_matches("procedure");

    let mut seen: Vec<usize> = Vec::new();
    let mut first_setting: Option<(String, bool)> = None;
    let mut depth = 0_usize;
    while index < tokens.len() {
        match &tokens[index].token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::SemiColon if depth == 0 => break,
            Token::Word(_) if depth == 0 => {
                let attribute = match word(&tokens[index]).unwrap_or_default() {
                    "returns" if tokens.get(index + 1).and_then(word) != Some("null") => Some(0),
                    "immutable" | "stable" | "volatile" => Some(1),
                    "security" => Some(2),
                    "set" => Some(3),
                    "language" => Some(4),
                    "as" | "begin" | "return" => Some(5),
                    _ => None,
                };
                if attribute == Some(3) && first_setting.is_none() {
                    let setting = tokens.get(index + 1).and_then(word).unwrap_or_default().to_owned();
                    let empty = matches!(tokens.get(index + 3).map(|token| &token.token), Some(Token::SingleQuotedString(text)) if text.is_empty());
                    first_setting = Some((setting, empty));
                }
                seen.extend(attribute);
                if attribute == Some(5) {
                    break;
                }
            }
            _ => {}
        }
        index += 1;
    }
    if !seen.is_sorted() {
        let order: Vec<_> = seen.iter().map(|attribute| ATTRIBUTES[*attribute]).collect();
        fault(format!(
            "function {name}: attributes stand as {}, write them in the order {}",
            order.join(", "),
            ATTRIBUTES.join(", ")
        ));
    }
    if first_setting != Some(("search_path".to_owned(), true)) {
        fault(format!("function {name}: `set search_path = ''` must be its first setting"));
    }
    index
}

fn word(token: &TokenWithSpan) -> Option<&str> {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        faults(text, Rules::Database).iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = "\
-- A comment in Any Case.
create function public.f(a integer default (1))
    returns table (x integer, y text)
    stable
    security definer
    set search_path = ''
    set lock_timeout = '2s'
    language plpgsql
    as $$
begin
    raise exception 'Text IN Any Case';
end;
$$;
grant execute on function public.f to anon;
create extension if not exists pgcrypto with schema extensions;
create index t_a_key on public.t (a) where b <> 'X';
";

    #[test]
    fn what_follows_the_rules_has_no_fault() {
        assert_eq!(messages(GOOD), Vec::<String>::new());
    }

    #[test]
    fn upper_case_is_a_fault_outside_and_inside_of_bodies() {
        let text = GOOD.replace("begin\n", "BEGIN\n").replace("grant execute", "GRANT execute");
        assert_eq!(
            messages(&text),
            [
                "10: `BEGIN`: write keywords and names in lower case",
                "14: `GRANT`: write keywords and names in lower case"
            ]
        );
    }

    #[test]
    fn attributes_out_of_order_are_a_fault() {
        let text = GOOD.replace("    stable\n", "").replace("plpgsql\n", "plpgsql\n    stable\n");
        assert_eq!(messages(&text).len(), 1, "{:?}", messages(&text));
        assert!(
            messages(&text)[0]
                .contains("public.f: attributes stand as returns, security, set, set, language, volatility, body")
        );
    }

    #[test]
    fn a_function_without_an_empty_search_path_first_is_a_fault() {
        for wrong in ["", "    set search_path = public\n", "    set lock_timeout = '1s'\n    set search_path = ''\n"] {
            let text = GOOD.replace("    set search_path = ''\n", wrong);
            assert!(messages(&text)[0].contains("`set search_path = ''` must be its first setting"), "{wrong}");
        }
    }

    #[test]
    fn tabs_trailing_blanks_and_a_missing_line_break_are_faults() {
        let found = messages("select 1;\t\nselect 2; \nselect 3;");
        assert_eq!(
            found,
            [
                "1: a tab: indent with 4 spaces",
                "2: the line ends with a blank: remove it",
                "3: the file must end with one line break"
            ]
        );
    }

    #[test]
    fn replacing_or_tolerating_what_exists_is_a_fault_in_the_database_only() {
        let text = "create or replace view v as select 1;\ncreate table if not exists t (a integer);\n";
        assert_eq!(messages(text).len(), 2);
        assert!(faults(text, Rules::Text).is_empty());
    }

    #[test]
    fn lines_for_psql_are_not_sql() {
        assert!(faults("\\set ON_ERROR_STOP 1\nselect 1;\n", Rules::Text).is_empty());
    }
}
