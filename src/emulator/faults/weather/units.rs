//! Values as people write them.

use std::time::Duration;

use super::reader::FromText;
use crate::model::TargetKind;

/// Longer spans are slips, and would not fit into what is counted with them.
const LONGEST: Duration = Duration::from_secs(3650 * 86_400);
const UNITS: [(&str, f64); 5] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];

/// A span of time: `250ms`, `1.5s`, `2m`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Span(pub(super) Duration);

impl FromText for Span {
    const EXPECTED: &'static str = "a duration such as 250ms, 30s or 5m";

    fn from_text(text: &str) -> Result<Self, String> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let wrong = || format!("invalid duration {text:?}: write a number and a unit, for example 250ms, 30s or 5m");
        let number: f64 = number.parse().map_err(|_| wrong())?;
        if unit.trim().is_empty() {
            return Err(format!("invalid duration {text:?}: add a unit, for example {text}s"));
        }
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit.trim()).ok_or_else(wrong)?;
        let span = Duration::try_from_secs_f64(number * factor).ok().filter(|span| *span <= LONGEST);
        span.map(Self).ok_or_else(|| format!("invalid duration {text:?}: the longest is 3650d"))
    }
}

/// A share of requests, 0 to 1, written in percent: `5%`.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub(super) struct Share(pub(super) f64);

impl FromText for Share {
    const EXPECTED: &'static str = "a share such as 5%";

    fn from_text(text: &str) -> Result<Self, String> {
        let wrong = || format!("invalid share {text:?}: write a percentage from 0% to 100%, for example 5%");
        let percent: f64 = text.strip_suffix('%').and_then(|number| number.trim_end().parse().ok()).ok_or_else(wrong)?;
        if (0.0..=100.0).contains(&percent) { Ok(Self(percent / 100.0)) } else { Err(wrong()) }
    }
}

impl FromText for String {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl FromText for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_text(text: &str) -> Result<Self, String> {
        one_of(text, [("true", true), ("false", false)])
    }
}

impl FromText for u64 {
    const EXPECTED: &'static str = "a whole number";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("invalid number {text:?}: write a whole number from 0 to {}", Self::MAX))
    }
}

impl FromText for TargetKind {
    const EXPECTED: &'static str = "a kind of target such as user";

    fn from_text(text: &str) -> Result<Self, String> {
        one_of(text, Self::ALL.map(|kind| (kind.as_str(), kind)))
    }
}

/// The value that one of a few words stands for.
pub(super) fn one_of<T, const N: usize>(text: &str, words: [(&'static str, T); N]) -> Result<T, String> {
    let known = words.each_ref().map(|(word, _)| *word).join(", ");
    let found = words.into_iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| value).ok_or_else(|| format!("unknown word {text:?}: use one of {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_shares() {
        let millis = |text| Span::from_text(text).map(|span| span.0.as_millis());
        assert_eq!(
            [millis("250ms"), millis("1.5s"), millis("2m"), millis("1 h")],
            [Ok(250), Ok(1500), Ok(120_000), Ok(3_600_000)]
        );
        for wrong in ["", "s", "5x", "-1s", "1.2.3s", "1e3s", "3651d"] {
            assert!(millis(wrong).is_err(), "{wrong}");
        }
        assert!(millis("5").unwrap_err().ends_with("for example 5s"));
        assert_eq!(Share::from_text("12.5 %"), Ok(Share(0.125)));
        for wrong in ["5", "0.05", "101%", "-1%", "nan%", "%"] {
            assert!(Share::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
