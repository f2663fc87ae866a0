//! The languages that the shop writes in: which one somebody wants, and how dates and money read in it.

mod dates;
mod money;

use std::fmt;

pub use money::{Currency, Money};

/// A language that the shop's mails and documents are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// As in France: `1 234,50 MAD`, `1 mars 2026`.
    French,
    /// As in Morocco, with Latin digits.
    Arabic,
    /// As in Great Britain: `MAD 1,234.50`, `1 March 2026`.
    English,
}

/// Which way a language is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Ltr,
    /// From right to left.
    Rtl,
}

impl fmt::Display for Direction {
    /// As HTML's attribute `dir` has it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// As much of an `Accept-Language` as is looked at: the database's `private.request_languages` does likewise.
const HEADER_LENGTH: usize = 500;

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::French, Self::Arabic, Self::English];

    /// The ISO 639 code, as `orders.language` and the setting `store.languages` have it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::Arabic => "ar",
            Self::English => "en",
        }
    }

    /// From a BCP 47 tag, of which only the language counts: `ar-MA`, `fr_FR` and `EN` are known.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let code = tag.trim().split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(code))
    }

    /// What an `Accept-Language` header (RFC 9110, section 12.5.4) likes best among those offered. `None` when it names
    /// none of them: the shop's first language then.
    #[must_use]
    pub fn accepted(header: &str, offered: &[Self]) -> Option<Self> {
        let header = header.char_indices().nth(HEADER_LENGTH).map_or(header, |(end, _)| &header[..end]);
        let mut best: Option<(u16, Self)> = None;
        for entry in header.split(',') {
            let (tag, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
            let Some((language, weight)) = Self::from_tag(tag).zip(thousandths(weight)) else { continue };
            // Of two that are liked alike, the first.
            if offered.contains(&language) && weight > best.map_or(0, |(weight, _)| weight) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// Which way it is written.
    #[must_use]
    pub fn direction(self) -> Direction {
        if self == Self::Arabic { Direction::Rtl } else { Direction::Ltr }
    }
}

/// The weight in `q=0.8`, times a thousand.
fn thousandths(weight: &str) -> Option<u16> {
    let text = weight.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_weight = matches!(whole, "0" | "1") && fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    let value = format!("{whole}{fraction:0<3}").parse().ok()?;
    (is_weight && value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_by_its_language() {
        for (tag, language) in [
            ("fr", Some(Language::French)),
            ("ar-MA", Some(Language::Arabic)),
            ("AR", Some(Language::Arabic)),
            ("en_US", Some(Language::English)),
            (" fr-Latn-CH ", Some(Language::French)),
            ("fra", None),
            ("", None),
            ("*", None),
        ] {
            assert_eq!(Language::from_tag(tag), language, "{tag}");
        }
    }

    #[test]
    fn the_language_liked_best_is_taken() {
        let all = Language::ALL;
        for (header, language) in [
            ("ar", Some(Language::Arabic)),
            ("de, en;q=0.5, fr;q=0.8", Some(Language::French)),
            ("en-GB,en;q=0.9,fr;q=0.9", Some(Language::English)),
            ("fr;q=0.001, ar ; q = 1.000", Some(Language::Arabic)),
            ("fr;q=0", None),
            ("fr;q=2, en;q=0.1", Some(Language::English)),
            ("fr;q=1.5", None),
            ("fr;level=1", None),
            ("de, es", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(Language::accepted(header, &all), language, "{header}");
        }
    }

    #[test]
    fn a_language_that_is_not_offered_is_passed_over() {
        assert_eq!(Language::accepted("ar, en;q=0.1", &[Language::French, Language::English]), Some(Language::English));
        assert_eq!(Language::accepted("ar", &[]), None);
    }

    #[test]
    fn a_header_without_end_is_read_only_at_its_beginning() {
        let header = format!("{}fr", "é,".repeat(400));
        assert_eq!(Language::accepted(&header, &Language::ALL), None);
    }

    #[test]
    fn arabic_is_written_from_right_to_left() {
        let directions = Language::ALL.map(|language| language.direction().to_string());
        assert_eq!(directions, ["ltr", "rtl", "ltr"]);
    }
}
