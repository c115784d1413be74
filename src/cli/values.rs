//! Values of the command line: spans, times, reasons and names, as people type them.

use std::net::SocketAddr;
use std::str::FromStr;
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
    text.parse().map_err(|_| match did_you_mean(&near(text, codes())) {
        nothing if nothing.is_empty() => "unknown reason; `photosyncd help reasons` lists them".to_owned(),
        meant => format!("unknown reason.{meant}"),
    })
}

/// How many.
pub(super) fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "write a whole number, for example 100".to_owned())
}

/// How many each second.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.0);
    number.ok_or_else(|| "write a number, for example 5 or 0.5".to_owned())
}

/// The number of a pass.
pub(super) fn pass(text: &str) -> Result<i64, String> {
    let number: Option<i64> = text.parse().ok().filter(|pass| *pass >= 0);
    number.ok_or_else(|| "a pass is named by its number, for example 7; `photosyncd history` lists the passes".to_owned())
}

/// Where to listen.
pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an address and a port, for example 127.0.0.1:8365".to_owned())
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
        assert_eq!(reason("weather").unwrap_err(), "unknown reason; `photosyncd help reasons` lists them");
    }
}
