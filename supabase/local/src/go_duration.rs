//! Durations as Go writes them, which Supabase's settings and its admin API use: `24h`, `1h30m`, `1.5h`, `300ms`.

use std::time::Duration;

/// Reads a duration. `None` when the text isn't one, or is longer than a century.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    const LONGEST_SECONDS: f64 = 100.0 * 366.0 * 86_400.0;
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at(end);
        let end = tail.find(|character: char| character.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        rest = tail;
    }
    let fits = !text.is_empty() && (0.0..=LONGEST_SECONDS).contains(&seconds);
    // Whole milliseconds: what a sum of fractions adds below them is noise.
    fits.then(|| Duration::from_millis((seconds * 1000.0).round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_in_go() {
        assert_eq!(parse("24h"), Some(Duration::from_secs(24 * 3600)));
        assert_eq!(parse("1h30m"), Some(Duration::from_secs(90 * 60)));
        assert_eq!(parse("1.5h"), Some(Duration::from_secs(90 * 60)));
        assert_eq!(parse("300ms"), Some(Duration::from_millis(300)));
        assert_eq!(parse("0s"), Some(Duration::ZERO));
        assert_eq!(parse("876000h"), Some(Duration::from_secs(876_000 * 3600)));
        for text in ["", "24", "h", "1d", "-1h", "1h-1m", "1..5h", "99999999999999999999999h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
