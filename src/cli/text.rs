//! Summaries and problems as text for a person.

use std::fmt::Write;

use crate::ledger::SetAside;
use crate::model::{Reason, Stopped, Timestamp, plain_json};
use crate::pass::{PassExtent, Summary};
use crate::plan::Holds;
use crate::status::HeldItem;

/// Problems shown on a terminal at most; `--json` and `status` have them all.
const SHOWN: usize = 50;

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

/// What a run did.
pub(super) fn summary(summary: &Summary) -> String {
    let mut text = String::new();
    for halt in &summary.forced {
        _ = writeln!(text, "Past the guard, as told ({}): {}.", halt.guard, halt.message);
    }
    let halted = summary.halted.as_ref().is_some_and(|halt| halt.holds == Holds::Everything);
    if halted {
        halts(&mut text, summary);
        _ = writeln!(text, "Nothing was uploaded.");
        return text;
    }
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let seconds = summary.elapsed_ms as f64 / 1000.0;
    _ = writeln!(
        text,
        "{}: {} matched, {} unmatched, {} unresolved.",
        count(summary.scanned as u64, "file"),
        summary.matched,
        summary.unmatched,
        summary.unresolved
    );
    _ = write!(
        text,
        "{} delivered ({}), {} unchanged",
        count(summary.delivered, "photo"),
        bytes(summary.bytes_sent),
        summary.unchanged
    );
    if summary.removed > 0 {
        _ = write!(text, ", {} removed", count(summary.removed, "photo"));
    }
    for (number, word) in [(summary.waiting, "waiting"), (summary.blocked, "held or blocked"), (summary.due, "still due")] {
        if number > 0 {
            _ = write!(text, ", {number} {word}");
        }
    }
    _ = writeln!(text, "; {} ({} throttled) in {seconds:.1} s.", count(summary.requests, "request"), summary.throttled);
    match summary.same_picture {
        0 => {}
        1 => _ = writeln!(text, "1 file holds the same picture as another one for the same target; `photosyncd plan` names it."),
        some => {
            _ = writeln!(
                text,
                "{some} files hold the same picture as another one for the same target; `photosyncd plan` names them."
            );
        }
    }
    if summary.pending_removals > 0 {
        let photos = count(summary.pending_removals as u64, "photo");
        _ = writeln!(text, "{photos} to be removed later, as the files are gone; `photosyncd plan` names them.");
    }
    halts(&mut text, summary);
    match summary.stopped {
        Some(Stopped::SignIn) => _ = writeln!(text, "Stopped: sign-in fails, or a permission is missing."),
        Some(Stopped::Directory) => _ = writeln!(text, "Stopped: the directory can't be asked whom the photos are for."),
        Some(Stopped::MaxDuration) => _ = writeln!(text, "Stopped: --max-duration is over; run again to go on."),
        Some(Stopped::Limit) => _ = writeln!(text, "Stopped: --limit is reached; run again to go on."),
        Some(Stopped::Signal) => _ = writeln!(text, "Stopped by a signal; run again to go on."),
        // Only a comparison ends so.
        Some(Stopped::Group) | None => {}
    }
    if summary.is_in_step() && summary.stopped.is_none() && summary.halted.is_none() {
        _ = writeln!(text, "{}", verdict(summary));
    }
    text.push_str(&problems(&summary.problems));
    text
}

/// How things stand after a run that left nothing undone. Says nothing of what it did not look at.
fn verdict(summary: &Summary) -> String {
    let nothing = if summary.delivered == 0 && summary.removed == 0 { " Nothing had to be sent." } else { "" };
    let matched = count(summary.matched as u64, "file");
    match (summary.matched, summary.unmatched) {
        _ if summary.extent == PassExtent::Selection => {
            format!("The tenant is in step with the files selected (--only).{nothing}")
        }
        (_, 0) => format!("The tenant is in step with the directory.{nothing}"),
        (0, 1) => "The one file matches no rule: check mapping.rules and source.directory. Nothing was sent.".to_owned(),
        (0, unmatched) => {
            format!("None of the {unmatched} files matches a rule: check mapping.rules and source.directory. Nothing was sent.")
        }
        (_, 1) => format!("The tenant is in step with the {matched} matched; 1 file matches no rule and was not sent.{nothing}"),
        (_, unmatched) => {
            format!(
                "The tenant is in step with the {matched} matched; {unmatched} files match no rule and were not sent.{nothing}"
            )
        }
    }
}

/// What the guard has against the run.
fn halts(text: &mut String, summary: &Summary) {
    for halt in summary.halts() {
        let what = if halt.holds == Holds::Everything { "Halted" } else { "Removals were halted" };
        _ = writeln!(text, "{what} by the guard ({}): {}.", halt.guard, halt.message);
    }
    if summary.beyond_force {
        _ = writeln!(text, "`--force` overrides only what the last run told, and no more than that; this was not told yet.");
    }
}

/// Problems, those with a cure first, files nobody claims last and short.
pub(super) fn problems(rows: &[HeldItem]) -> String {
    let style = super::terminal::TextStyle::stdout();
    let mut text = String::new();
    let (unmatched, held): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.reason == Reason::Unmatched);
    for row in held.iter().take(SHOWN) {
        let place = match (&row.path, &row.label) {
            (Some(path), Some(target)) => format!("{path} → {target}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => "Microsoft 365".to_owned(),
        };
        text.push('\n');
        text.push_str(&style.paragraph("  ", &place));
        text.push_str(&style.paragraph("    ", &format!("{}: {}", row.reason, row.detail)));
        text.push_str(&style.paragraph("    → ", &row.cure));
        if let Some(look) = row.next_look {
            text.push_str(&style.paragraph("    ", &format!("It is tried again by itself at {} at the earliest.", local(look))));
        }
    }
    if held.len() > SHOWN {
        _ = writeln!(text, "\n  … and {} more; `photosyncd status` lists them all", held.len() - SHOWN);
    }
    if !unmatched.is_empty() {
        _ = writeln!(text, "\n  Files that no rule claims: {}", unmatched.len());
        for row in unmatched.iter().take(SHOWN) {
            _ = writeln!(text, "    {}", row.path.as_deref().unwrap_or("?"));
        }
        if unmatched.len() > SHOWN {
            _ = writeln!(text, "    … and {} more", unmatched.len() - SHOWN);
        }
        _ = writeln!(text, "    → {}", Reason::Unmatched.cure());
    }
    text
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

/// One JSON document on one line.
pub(super) fn json_line(document: &impl serde::Serialize) -> String {
    plain_json(serde_json::to_string(document).unwrap_or_else(|error| format!("{{\"error\": {:?}}}", error.to_string())))
}

/// One JSON document for stdout.
pub(super) fn json(document: &impl serde::Serialize) -> String {
    plain_json(serde_json::to_string_pretty(document).unwrap_or_else(|error| format!("{{\"error\": {:?}}}", error.to_string())))
}
