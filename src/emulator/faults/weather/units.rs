//! Values as people write them, and where they stand when they are wrong.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// Longer spans are slips, and would not fit into what is counted with them.
const LONGEST: Duration = Duration::from_secs(3650 * 86_400);
const UNITS: [(&str, f64); 5] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];

/// A text that is parsed by [`FromText::from_text`]; a wrong one is told with its line and column.
pub(super) trait FromText: Sized {
    /// What is expected, for values that are no text.
    const EXPECTED: &'static str;

    /// The value, or what is wrong and how to write it.
    fn from_text(text: &str) -> Result<Self, String>;
}

struct Text<T>(PhantomData<T>);

impl<T: FromText> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text.trim()).map_err(E::custom)
    }
}

pub(super) fn from_text<'de, T: FromText, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(Text(PhantomData))
}

/// A value that is written in one word, or as a mapping whose keys are checked together. The check runs while the reader
/// still knows where the mapping stands.
pub(super) trait Checked: Sized {
    /// The mapping as it is written.
    type Raw: for<'de> Deserialize<'de>;
    /// What is expected, for values of another form.
    const EXPECTED: &'static str;

    /// The value of a mapping, or what is wrong and how to write it.
    fn check(raw: Self::Raw) -> Result<Self, String>;

    /// The value of a word.
    fn word(word: &str) -> Result<Self, String> {
        Err(format!("{word:?} stands where {} is expected", Self::EXPECTED))
    }
}

struct Mapping<T>(PhantomData<T>);

impl<'de, T: Checked> Visitor<'de> for Mapping<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::word(text).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Err(E::custom(format!("nothing stands where {} is expected", T::EXPECTED)))
    }

    fn visit_none<E: Error>(self) -> Result<T, E> {
        self.visit_unit()
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::check(T::Raw::deserialize(MapAccessDeserializer::new(map))?).map_err(A::Error::custom)
    }
}

pub(super) fn checked<'de, T: Checked, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Mapping(PhantomData))
}

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

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
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

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
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
