//! Dates, as CLDR writes them for fr, ar-MA and en-GB.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

use super::Language;

const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
/// Morocco's names of the months, not those of the Mashriq.
const ARABIC: [&str; 12] =
    ["يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر"];
const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Language {
    /// A day: `1 mars 2026`. A moment's day depends on where it is asked: take that of the store's time zone.
    #[must_use]
    pub fn date(self, day: NaiveDate) -> String {
        let months = match self {
            Self::French => FRENCH,
            Self::Arabic => ARABIC,
            Self::English => ENGLISH,
        };
        format!("{} {} {}", day.day(), months[day.month0() as usize % 12], day.year())
    }

    /// A moment in the store's time zone, to the minute: `1 mars 2026 à 09:05`.
    #[must_use]
    pub fn date_time(self, moment: NaiveDateTime) -> String {
        let at = match self {
            Self::French => "à",
            Self::Arabic => "في",
            Self::English => "at",
        };
        format!("{} {at} {:02}:{:02}", self.date(moment.date()), moment.hour(), moment.minute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 8, 1).unwrap().and_hms_opt(9, 5, 59).unwrap()
    }

    // What Intl.DateTimeFormat gives with dateStyle 'long' and timeStyle 'short' for fr, ar-MA and en-GB.
    #[test]
    fn a_moment_reads_as_people_write_it() {
        let texts = Language::ALL.map(|language| language.date_time(moment()));
        assert_eq!(texts, ["1 août 2026 à 09:05", "1 غشت 2026 في 09:05", "1 August 2026 at 09:05"]);
    }

    #[test]
    fn a_day_has_no_time() {
        let day = NaiveDate::from_ymd_opt(2027, 12, 31).unwrap();
        let texts = Language::ALL.map(|language| language.date(day));
        assert_eq!(texts, ["31 décembre 2027", "31 دجنبر 2027", "31 December 2027"]);
    }
}
