//! What a number, a span or a size may be.

use std::fmt::Display;
use std::ops::RangeInclusive;

/// The value, or how it misses the range.
pub(super) fn within<T: PartialOrd>(
    value: T,
    range: &RangeInclusive<T>,
    show: impl Fn(&T) -> String,
    below: &str,
    above: &str,
    unit: impl Display,
) -> Result<T, String> {
    let direction = if value < *range.start() {
        below
    } else if value > *range.end() {
        above
    } else {
        return Ok(value);
    };
    Err(format!("{} is too {direction}; {}", show(&value), possible(range, show, unit)))
}

/// `give 1 to 10 (pixels)`
pub(super) fn possible<T>(range: &RangeInclusive<T>, show: impl Fn(&T) -> String, unit: impl Display) -> String {
    let unit = unit.to_string();
    let unit = if unit.is_empty() { unit } else { format!(" ({unit})") };
    format!("give {} to {}{unit}", show(range.start()), show(range.end()))
}
