//! `history`: the journal, newest first: passes with their counts, and tries.

use serde::Serialize;

use super::args::{GlobalArgs, HistoryArgs, Since};
use super::exit::{CliError, Exit};
use super::out::{lines, put, say};
use super::screen::Screen;
use super::{named, setup, text};
use crate::clock::Clock;
use crate::ledger::JournalFilter;
use crate::model::{Fit, Timestamp, plain};
use crate::report::csv_table;
use crate::status::{JournalEntry, JournalKind, journal};

/// Targets told of a name that fits many.
const TARGETS: usize = 50;

/// The journal as JSON. Field names are a contract.
#[derive(Serialize)]
struct HistoryDocument {
    rows: Vec<JournalEntry>,
}

pub(super) fn run(global: &GlobalArgs, options: &HistoryArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let reader = setup::reader(&config)?;
    let since = options.since.map(|since| match since {
        Since::Time(time) => time,
        Since::Span(span) => {
            let now = Clock::system().now().millis();
            Timestamp::from_millis(now.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
        }
    });
    let filter = JournalFilter { target: None, since, failed: options.failed, limit: options.limit };
    let mut targets = options.target.as_ref().map(|name| named::targets(&reader, name, Fit::Part)).transpose()?;
    if let Some(targets) = &mut targets {
        targets.truncate(TARGETS);
    }
    let rows = journal(&reader, targets.as_deref(), &filter)?;
    if global.json {
        say!("{}", text::json(&HistoryDocument { rows }));
    } else if options.csv {
        put!("{}", lines(&csv(&rows)));
    } else if rows.is_empty() {
        say!("The journal holds nothing of that kind. It goes back 90 days.");
    } else {
        rows.iter().for_each(print);
    }
    Ok(Exit::InStep)
}

/// Counts of a pass worth a word, in their order.
const COUNTS: [&str; 15] = [
    "scanned",
    "delivered",
    "removed",
    "restored",
    "checked",
    "same",
    "changed",
    "gone",
    "unknown",
    "drifted",
    "kept",
    "waiting",
    "blocked",
    "due",
    "requests",
];

fn print(line: &JournalEntry) {
    let mut words = vec![text::local(line.at)];
    if line.entry == JournalKind::Pass {
        words.push(format!("pass {} ({}): {}", line.pass, line.detail.as_deref().unwrap_or_default(), line.outcome));
        let counts = line.summary.iter().flat_map(|summary| {
            COUNTS.iter().filter_map(|name| Some(format!("{} {name}", summary[*name].as_u64().filter(|count| *count > 0)?)))
        });
        words.extend(counts);
        say!("{}", words.join("  "));
        return;
    }
    words.push(line.outcome.clone());
    words.push(line.target.clone().unwrap_or_default());
    words.extend(line.object_id.clone());
    words.extend(line.status.map(|status| format!("HTTP {status}")));
    words.extend(line.code.clone());
    words.extend(line.request_id.as_ref().map(|id| format!("request {id}")));
    words.push(format!("pass {}", line.pass));
    say!("{}", plain(&words.join("  ")));
    if let Some(detail) = &line.detail {
        let reason = line.reason.map(|reason| format!("{reason}: ")).unwrap_or_default();
        say!("    {reason}{}", plain(detail));
    }
}

const COLUMNS: [&str; 14] = [
    "at",
    "entry",
    "pass",
    "target",
    "object_id",
    "path",
    "outcome",
    "reason",
    "detail",
    "status",
    "code",
    "request_id",
    "bytes",
    "elapsed_ms",
];

fn csv(rows: &[JournalEntry]) -> String {
    let or = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let lines = rows.iter().map(|line| {
        [
            line.at.to_string(),
            (if line.entry == JournalKind::Pass { "pass" } else { "try" }).to_owned(),
            line.pass.to_string(),
            or(&line.target),
            or(&line.object_id),
            or(&line.path),
            line.outcome.clone(),
            line.reason.map(|reason| reason.to_string()).unwrap_or_default(),
            or(&line.detail),
            number(line.status.map(i64::from)),
            or(&line.code),
            or(&line.request_id),
            number(line.bytes),
            number(line.elapsed_ms),
        ]
    });
    csv_table(std::iter::once(COLUMNS.map(str::to_owned)).chain(lines))
}
