//! How long the service asked to wait. Microsoft documents seconds, shows fractions, and its own
//! parsers accept an HTTP date as well ("Microsoft Graph throttling guidance").

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::model::Timestamp;

/// A wait shorter than this is no wait.
const SHORTEST: Duration = Duration::from_secs(1);
/// A wait longer than this is a mistake; asking once an hour harms nobody.
const LONGEST: Duration = Duration::from_secs(3600);

/// The wait asked for, between 1 s and 1 h. None where nothing usable was said; then the caller backs off by itself.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return from_seconds(seconds);
    }
    let until = http_date(text)?;
    // The sender's own clock, where it shows it: then a wrong clock on either side does not matter.
    let now = server_time(headers).unwrap_or(now);
    let wait = until.since(now);
    (!wait.is_zero()).then(|| wait.clamp(SHORTEST, LONGEST))
}

/// The `Date` of the answer.
pub(super) fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?.trim())
}

fn http_date(text: &str) -> Option<Timestamp> {
    let stamp = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()?;
    Some(Timestamp::from_millis(stamp.as_millisecond()))
}

fn from_seconds(seconds: f64) -> Option<Duration> {
    if seconds.is_nan() {
        return None;
    }
    Some(Duration::from_secs_f64(seconds.clamp(SHORTEST.as_secs_f64(), LONGEST.as_secs_f64())))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    /// 2026-11-23T12:00:00Z
    const NOW: Timestamp = Timestamp::from_millis(1_795_435_200_000);

    fn parse(text: &str, date: Option<&str>) -> Option<f64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        }
        retry_after(&headers, NOW).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn every_form_is_understood_and_clamped() {
        for (text, wait) in [
            ("30", Some(30.0)),
            (" 30 ", Some(30.0)),
            ("2.128", Some(2.128)),
            ("0", Some(1.0)),
            ("0.2", Some(1.0)),
            ("-5", Some(1.0)),
            ("1e9", Some(3600.0)),
            ("315360000", Some(3600.0)),
            ("inf", Some(3600.0)),
            ("nan", None),
            ("abc", None),
            ("", None),
            ("Mon, 23 Nov 2026 12:00:41 GMT", Some(41.0)),
            ("Tue, 23 Nov 2026 12:00:41 GMT", Some(41.0)),
            ("Mon, 23 Nov 2026 11:00:00 GMT", None),
            ("Mon, 23 Nov 2076 12:00:00 GMT", Some(3600.0)),
        ] {
            assert_eq!(parse(text, None), wait, "{text:?}");
        }
    }

    #[test]
    fn a_date_is_measured_on_the_senders_clock() {
        let senders_now = Some("Mon, 23 Nov 2026 10:00:00 GMT");
        assert_eq!(parse("Mon, 23 Nov 2026 10:00:30 GMT", senders_now), Some(30.0));
        assert_eq!(parse("Mon, 23 Nov 2026 09:59:00 GMT", senders_now), None);
    }
}
