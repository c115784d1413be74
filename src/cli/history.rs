//! `history`: the journal, newest first: passes with their counts, and tries.

use std::cmp::Reverse;

use serde::Serialize;

use super::args::{Global, History, Since};
use super::exit::{Exit, Trouble};
use super::out::{put, say};
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::ledger::{AttemptRow, JournalFilter, PassRow, Reader};
use crate::model::{Reason, Timestamp};
use crate::report::csv_line;

/// The journal as JSON. Field names are a contract.
#[derive(Serialize)]
struct Document {
    rows: Vec<Line>,
}

/// A pass or a try.
#[derive(Serialize)]
struct Line {
    at: Timestamp,
    /// `pass` or `try`.
    entry: &'static str,
    pass: i64,
    target: Option<String>,
    object_id: Option<String>,
    path: Option<String>,
    outcome: String,
    reason: Option<Reason>,
    detail: Option<String>,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    bytes: Option<i64>,
    elapsed_ms: Option<i64>,
    /// Of a pass: its summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<serde_json::Value>,
}

pub(super) fn run(global: &Global, options: &History) -> Result<Exit, Trouble> {
    let config = setup::configured(global, &Screen::default())?;
    let reader = setup::reader(&config)?;
    let since = options.since.map(|since| match since {
        Since::Time(time) => time,
        Since::Span(span) => {
            let now = Clock::system().now().millis();
            Timestamp::from_millis(now.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
        }
    });
    let filter = JournalFilter { target: None, since, failed: options.failed, limit: options.limit };
    let mut rows: Vec<Line> = if let Some(name) = &options.target {
        of_targets(&reader, name, &filter)?
    } else {
        let tries = reader.tries(&JournalFilter { failed: true, ..filter.clone() })?;
        reader.passes(&filter)?.into_iter().map(of_pass).chain(tries.into_iter().map(of_try)).collect()
    };
    // A pass stands after (that is, below) what it did.
    rows.sort_by_key(|line| Reverse((line.at, line.entry == "try")));
    rows.truncate(options.limit);
    if global.json {
        say!("{}", text::json(&Document { rows }));
    } else if options.csv {
        put!("{}", csv(&rows));
    } else if rows.is_empty() {
        say!("The journal holds nothing of that kind. It goes back 90 days.");
    } else {
        rows.iter().for_each(print);
    }
    Ok(Exit::InStep)
}

fn of_targets(reader: &Reader, name: &str, filter: &JournalFilter) -> Result<Vec<Line>, Trouble> {
    let targets = reader.targets(name)?;
    if targets.is_empty() {
        let words = format!("no target is called {name}; give its name, a part of it, its object id or its file");
        return Err(Trouble::new(Exit::Usage, words));
    }
    let mut rows = Vec::new();
    for row in targets {
        let tries = reader.tries(&JournalFilter { target: Some(row.target), ..filter.clone() })?;
        rows.extend(tries.into_iter().map(of_try));
    }
    Ok(rows)
}

fn of_try((row, label): (AttemptRow, Option<String>)) -> Line {
    Line {
        at: row.at,
        entry: "try",
        pass: row.pass,
        target: label,
        object_id: Some(row.target.to_string()),
        path: row.path.map(|path| path.to_string()),
        outcome: row.outcome,
        reason: row.reason,
        detail: row.detail,
        status: row.status,
        code: row.code,
        request_id: row.request_id,
        bytes: Some(row.bytes),
        elapsed_ms: Some(row.elapsed_ms),
        summary: None,
    }
}

fn of_pass(pass: PassRow) -> Line {
    let text = |pointer: &str| pass.summary.as_ref()?.pointer(pointer)?.as_str().map(str::to_owned);
    let outcome = match (&pass.ended_at, text("/halted/guard"), text("/stopped")) {
        (None, ..) => "not ended".to_owned(),
        (_, Some(guard), _) => format!("halted ({guard})"),
        (_, None, Some(why)) => format!("stopped ({why})"),
        _ => "ended".to_owned(),
    };
    let elapsed_ms = pass.ended_at.and_then(|ended| i64::try_from(ended.since(pass.started_at).as_millis()).ok());
    Line {
        at: pass.started_at,
        entry: "pass",
        pass: pass.pass,
        target: None,
        object_id: None,
        path: None,
        outcome,
        reason: None,
        detail: Some(pass.cause.clone()),
        status: None,
        code: None,
        request_id: None,
        bytes: pass.summary.as_ref().and_then(|summary| summary["bytes_sent"].as_i64()),
        elapsed_ms,
        summary: pass.summary,
    }
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

fn print(line: &Line) {
    let mut words = vec![text::local(line.at)];
    if line.entry == "pass" {
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
    say!("{}", words.join("  "));
    if let Some(detail) = &line.detail {
        let reason = line.reason.map(|reason| format!("{reason}: ")).unwrap_or_default();
        say!("    {reason}{detail}");
    }
}

fn csv(rows: &[Line]) -> String {
    let mut text =
        "at,entry,pass,target,object_id,path,outcome,reason,detail,status,code,request_id,bytes,elapsed_ms\r\n".to_owned();
    for line in rows {
        let or = |value: &Option<String>| value.clone().unwrap_or_default();
        let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        let fields = [
            line.at.to_string(),
            line.entry.to_owned(),
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
        ];
        text.push_str(&csv_line(fields.iter().map(String::as_str)));
    }
    text
}
