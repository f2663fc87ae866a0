//! The patterns of addresses that links may lead to, as Supabase Auth reads them (`gobwas/glob` with the separators
//! `.` and `/`): `**` is anything, `*` anything without a separator, `?` one character that is none, `[a-c]` and
//! `[!a-c]` one of those or none of those, `{a,b}` one of the alternatives; `\` takes the meaning from what follows.

use std::fmt;

/// A pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Character(char),
    AnyCharacter,
    AnySegment,
    Anything,
    /// Ranges of characters, both ends included; those or, when `true`, all others.
    OneOf(Vec<(char, char)>, bool),
    Either(Vec<Vec<Part>>),
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    Unclosed(char),
    Unfinished,
    EmptyClass,
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed(opening) => write!(formatter, "`{opening}` is not closed"),
            Self::Unfinished => formatter.write_str("nothing follows the last `\\`"),
            Self::EmptyClass => formatter.write_str("`[]` names no character"),
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    pub(crate) fn new(text: &str) -> Result<Self, Malformed> {
        let mut characters = text.chars().peekable();
        sequence(&mut characters, false).map(Self)
    }

    /// Whether the whole text fits.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        fits(&self.0.iter().collect::<Vec<_>>(), &text)
    }
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Parts up to the end, or to the `,` or `}` that ends an alternative.
fn sequence(characters: &mut Characters<'_>, in_braces: bool) -> Result<Vec<Part>, Malformed> {
    let mut parts = Vec::new();
    while let Some(&next) = characters.peek() {
        if in_braces && matches!(next, ',' | '}') {
            return Ok(parts);
        }
        characters.next();
        parts.push(match next {
            '*' if characters.next_if_eq(&'*').is_some() => Part::Anything,
            '*' => Part::AnySegment,
            '?' => Part::AnyCharacter,
            '[' => class(characters)?,
            '{' => alternatives(characters)?,
            '\\' => Part::Character(characters.next().ok_or(Malformed::Unfinished)?),
            other => Part::Character(other),
        });
    }
    if in_braces { Err(Malformed::Unclosed('{')) } else { Ok(parts) }
}

fn class(characters: &mut Characters<'_>) -> Result<Part, Malformed> {
    let negated = characters.next_if_eq(&'!').is_some();
    let mut ranges = Vec::new();
    loop {
        let first = match characters.next().ok_or(Malformed::Unclosed('['))? {
            ']' if ranges.is_empty() => return Err(Malformed::EmptyClass),
            ']' => return Ok(Part::OneOf(ranges, negated)),
            '\\' => characters.next().ok_or(Malformed::Unfinished)?,
            other => other,
        };
        let last = match characters.next_if_eq(&'-') {
            Some(_) => characters.next().filter(|last| *last != ']').ok_or(Malformed::Unclosed('['))?,
            None => first,
        };
        ranges.push((first, last));
    }
}

fn alternatives(characters: &mut Characters<'_>) -> Result<Part, Malformed> {
    let mut all = Vec::new();
    loop {
        all.push(sequence(characters, true)?);
        match characters.next() {
            Some(',') => {}
            Some(_) => return Ok(Part::Either(all)),
            None => return Err(Malformed::Unclosed('{')),
        }
    }
}

fn is_separator(character: char) -> bool {
    matches!(character, '.' | '/')
}

fn fits(parts: &[&Part], text: &[char]) -> bool {
    let Some((part, rest)) = parts.split_first() else { return text.is_empty() };
    let one = |matches: &dyn Fn(char) -> bool| match text.split_first() {
        Some((first, tail)) => matches(*first) && fits(rest, tail),
        None => false,
    };
    match part {
        Part::Character(expected) => one(&|actual| actual == *expected),
        Part::AnyCharacter => one(&|actual| !is_separator(actual)),
        Part::OneOf(ranges, negated) => {
            one(&|actual| ranges.iter().any(|(first, last)| (*first..=*last).contains(&actual)) != *negated)
        }
        Part::AnySegment => {
            let end = text.iter().position(|character| is_separator(*character)).unwrap_or(text.len());
            (0..=end).any(|at| fits(rest, &text[at..]))
        }
        Part::Anything => (0..=text.len()).any(|at| fits(rest, &text[at..])),
        Part::Either(all) => all.iter().any(|one| {
            let whole: Vec<&Part> = one.iter().chain(rest.iter().copied()).collect();
            fits(&whole, text)
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap().fits(text)
    }

    #[test]
    fn stars_stop_at_separators_or_go_on() {
        assert!(fits("http://localhost:3000/*", "http://localhost:3000/foo"));
        assert!(!fits("http://localhost:3000/*", "http://localhost:3000/foo/bar"));
        assert!(fits("http://localhost:3000/**", "http://localhost:3000/foo/bar"));
        assert!(fits("https://*-team.example.com/**", "https://pr-12-team.example.com/a"));
        assert!(!fits("https://*-team.example.com/**", "https://evil.com/x-team.example.com/a"));
        assert!(fits("http://localhost:300?", "http://localhost:3001"));
        assert!(!fits("a?b", "a/b"));
    }

    #[test]
    fn classes_alternatives_and_escapes() {
        assert!(fits("http://localhost:300[0-5]", "http://localhost:3004"));
        assert!(!fits("http://localhost:300[!0-5]", "http://localhost:3004"));
        assert!(fits("{http,https}://shop.test/{de,fr/**}", "https://shop.test/fr/a/b"));
        assert!(!fits("{http,https}://shop.test/{de,fr/**}", "ftp://shop.test/de"));
        assert!(fits(r"a\*b", "a*b") && !fits(r"a\*b", "axb"));
    }

    #[test]
    fn what_is_not_closed_is_no_pattern() {
        for text in ["{a", "[a", "a\\", "[]", "[a-]"] {
            assert!(Pattern::new(text).is_err(), "{text}");
        }
    }
}
