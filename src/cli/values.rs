//! Values of the command line: spans, times, reasons and names, as people type them.

use std::time::Duration;

use crate::model::{Reason, TargetQuery, Timestamp, did_you_mean, near};

/// A span before now, or a time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Since {
    Span(Duration),
    Time(Timestamp),
}

/// A code of the manual's list of reasons.
pub(super) fn reason(text: &str) -> Result<Reason, String> {
    let codes = || Reason::ALL.iter().map(|reason| reason.as_str());
    text.parse().map_err(|_| format!("unknown reason.{}", did_you_mean(&near(text, codes()))))
}

/// A name that can mean something.
pub(super) fn name(text: &str) -> Result<String, String> {
    if TargetQuery::new(text.trim()).text().is_empty() {
        return Err("the name is empty; give a path below the source, a sign-in name, a mail address, a number or an object id"
            .to_owned());
    }
    Ok(text.to_owned())
}

/// `90s`, `15m`, `1h`, `250ms`, `2d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    crate::config::parse_duration(text).map_err(|_| format!("{text:?} is not a duration; write for example 30s, 15m or 1h"))
}

pub(super) fn since(text: &str) -> Result<Since, String> {
    if let Ok(span) = duration(text) {
        return Ok(Since::Span(span));
    }
    moment(text).map(Since::Time).map_err(|_| format!("{text:?} is neither a span (24h, 7d) nor a time (2026-11-24T08:00:00Z)"))
}

/// RFC 3339.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let time: Result<jiff::Timestamp, _> = text.parse();
    time.map(|time| Timestamp::from_millis(time.as_millisecond()))
        .map_err(|_| format!("{text:?} is not a time; write it as 2026-11-24T08:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_something_and_reasons_are_known() {
        for blank in ["", " ", "/", "./", "\t"] {
            assert!(name(blank).unwrap_err().contains("the name is empty"), "{blank:?}");
        }
        assert_eq!(name("users/").unwrap(), "users/");
        assert_eq!(reason("target_missing").unwrap(), Reason::TargetMissing);
        assert_eq!(reason("target_mising").unwrap_err(), "unknown reason. Did you mean target_missing?");
        assert_eq!(reason("weather").unwrap_err(), "unknown reason.");
    }
}
