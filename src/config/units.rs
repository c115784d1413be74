//! Spans of time (`30s`, `15m`) and sizes (`64MB`, `20MiB`) as people write them.

use std::time::Duration;

const SPANS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

const SIZES: [(&str, u64); 7] =
    [("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1000), ("B", 1)];

/// Seconds of a day.
pub(super) const DAY: u64 = 86_400;

/// Seconds.
pub(super) const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A whole number with one of the units ms, s, m, h, d.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a duration; write for example 250ms, 30s, 15m, 1h or 7d");
    let (number, unit) = split(text).ok_or_else(wrong)?;
    if unit.is_empty() {
        return Err(format!("{text:?} has no unit; write for example {number}s, {number}m or {number}h"));
    }
    let millis = SPANS.iter().find(|(name, _)| *name == unit).map(|(_, millis)| *millis).ok_or_else(wrong)?;
    number.checked_mul(millis).map(Duration::from_millis).ok_or_else(wrong)
}

/// A whole number of bytes, alone or with one of the units B, KB, MB, GB (powers of 1000), KiB, MiB, GiB (of 1024).
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a size; write for example 3900000, 64MB or 20MiB");
    let (number, unit) = split(text).ok_or_else(wrong)?;
    let unit = if unit.is_empty() { "B" } else { unit };
    let bytes = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, bytes)| *bytes).ok_or_else(wrong)?;
    number.checked_mul(bytes).ok_or_else(wrong)
}

/// The span in its largest whole unit.
pub(super) fn format_duration(span: Duration) -> String {
    let millis = span.as_millis();
    let (unit, size) =
        SPANS.into_iter().find(|(_, size)| millis.is_multiple_of(u128::from(*size)) && millis > 0).unwrap_or(("s", 1000));
    format!("{}{unit}", millis / u128::from(size))
}

/// The size in its largest whole unit.
pub(super) fn format_size(bytes: u64) -> String {
    let (unit, size) = SIZES.into_iter().find(|(_, size)| bytes > 0 && bytes.is_multiple_of(*size)).unwrap_or(("B", 1));
    if unit == "B" { format!("{bytes}") } else { format!("{}{unit}", bytes / size) }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, millis) in
            [("250ms", 250), ("30s", 30_000), ("15m", 900_000), ("1h", 3_600_000), ("7d", 604_800_000), ("0s", 0)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)));
            assert_eq!(format_duration(Duration::from_millis(millis)), text);
        }
        assert_eq!(format_duration(Duration::from_secs(90)), "90s");
        for bad in ["", "30", "s", "-1s", "1.5h", "1h30m", "30 sec", "1M", "99999999999999999999d", "999999999999999d"] {
            assert!(parse_duration(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in
            [("3900000", 3_900_000), ("64MB", 64_000_000), ("20MiB", 20_971_520), ("10 kb", 10_000), ("1GiB", 1 << 30)]
        {
            assert_eq!(parse_size(text), Ok(bytes));
        }
        assert_eq!(
            [format_size(3_900_000), format_size(64_000_000), format_size(20_971_520), format_size(7)],
            ["3900KB", "64MB", "20MiB", "7"]
        );
        for bad in ["", "MB", "-1", "1.5MB", "64M", "20000000000GB"] {
            assert!(parse_size(bad).is_err(), "{bad:?} was taken");
        }
    }
}
