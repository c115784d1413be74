//! Numbers, times and documents as text for a person.

use crate::ledger::SetAside;
use crate::model::{Timestamp, plain_json};

/// A number of bytes as people say it, in decimal units.
pub(super) fn bytes(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let amount = count as f64;
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", amount / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", amount / 1e6),
        _ => format!("{:.1} GB", amount / 1e9),
    }
}

/// `1 photo`, `2 photos`.
pub(super) fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Rows of the ledger that can't be read; none if all can.
pub(super) fn set_aside(found: &[SetAside]) -> Option<String> {
    let tables: Vec<String> = found.iter().map(|SetAside { table, rows }| format!("{rows} of {table}")).collect();
    let rows = found.iter().map(|found| found.rows as u64).sum();
    let counted = count(rows, "row");
    (rows > 0)
        .then(|| format!("{counted} of the ledger set aside as unreadable ({}); nobody else is affected.", tables.join(", ")))
}

/// A span of time as people say it: its two largest units.
pub(super) fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// The day of a point in time, where this machine stands.
pub(super) fn day(at: Timestamp) -> String {
    local(at).split(' ').next().unwrap_or_default().to_owned()
}

/// A time as the clock on this machine's wall shows it.
pub(super) fn local(at: Timestamp) -> String {
    super::terminal::TextStyle::default().time(at)
}

/// Hours and minutes, as the clock on this machine's wall shows them.
pub(super) fn clock(at: Timestamp) -> String {
    local(at).split(' ').nth(1).and_then(|time| time.get(..5)).unwrap_or_default().to_owned()
}

/// One JSON document on one line.
pub(super) fn json_line(document: &impl serde::Serialize) -> String {
    plain_json(serde_json::to_string(document).unwrap_or_else(|error| format!("{{\"error\": {:?}}}", error.to_string())))
}

/// One JSON document for stdout.
pub(super) fn json(document: &impl serde::Serialize) -> String {
    plain_json(serde_json::to_string_pretty(document).unwrap_or_else(|error| format!("{{\"error\": {:?}}}", error.to_string())))
}

/// A name as a shell takes it.
pub(super) fn typed(name: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@._-/+:".contains(c);
    if !name.is_empty() && name.chars().all(safe) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}
