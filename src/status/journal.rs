//! The journal as people read it: passes and tries in one list.

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::Value;

use super::pass::{PassEnd, PassLine};
use crate::ledger::{AttemptRow, JournalFilter, LedgerError, PassRow, Reader};
use crate::model::{Reason, TargetId, Timestamp};

/// What an entry is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JournalKind {
    /// A pass.
    Pass,
    /// One try to deliver, remove or put back a photo.
    Try,
}

/// A pass or a try. Field names of the JSON are a contract: fields may be added, these stay.
#[derive(Debug, Serialize)]
pub(crate) struct JournalEntry {
    /// When a pass began, or a try ended.
    pub at: Timestamp,
    /// Which of both.
    pub entry: JournalKind,
    /// The number of the pass.
    pub pass: i64,
    /// Of a try: the target as HR names it.
    pub target: Option<String>,
    /// As Graph names it.
    pub object_id: Option<String>,
    /// The file.
    pub path: Option<String>,
    /// What came of it.
    pub outcome: String,
    /// Why it failed.
    pub reason: Option<Reason>,
    /// The same in words; of a pass: what set it off.
    pub detail: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    /// Graph's error code.
    pub code: Option<String>,
    /// Graph's request id.
    pub request_id: Option<String>,
    /// Bytes sent.
    pub bytes: Option<i64>,
    /// Milliseconds it took.
    pub elapsed_ms: Option<i64>,
    /// Of a pass: its whole summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Value>,
}

/// The journal, newest first: all tries for these targets; without any, the passes, and the tries that failed.
pub(crate) fn journal(
    reader: &Reader,
    targets: Option<&[TargetId]>,
    filter: &JournalFilter,
) -> Result<Vec<JournalEntry>, LedgerError> {
    let mut entries: Vec<JournalEntry> = Vec::new();
    if let Some(targets) = targets {
        for target in targets {
            let tries = reader.tries(&JournalFilter { target: Some(target.clone()), ..filter.clone() })?;
            entries.extend(tries.into_iter().map(JournalEntry::from));
        }
    } else {
        entries.extend(reader.passes(filter)?.into_iter().map(JournalEntry::from));
        let tries = reader.tries(&JournalFilter { failed: true, ..filter.clone() })?;
        entries.extend(tries.into_iter().map(JournalEntry::from));
    }
    // A pass stands after (that is, below) what it did.
    entries.sort_by_key(|entry| Reverse((entry.at, entry.entry)));
    entries.truncate(filter.limit);
    Ok(entries)
}

impl From<(AttemptRow, Option<String>)> for JournalEntry {
    fn from((row, label): (AttemptRow, Option<String>)) -> Self {
        Self {
            at: row.at,
            entry: JournalKind::Try,
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
}

impl From<PassRow> for JournalEntry {
    fn from(row: PassRow) -> Self {
        let line = PassLine::from(&row);
        let outcome = match line.end {
            _ if row.ended_at.is_none() => "not ended".to_owned(),
            PassEnd::Halted(guard) => format!("halted ({guard})"),
            PassEnd::Stopped(why) => format!("stopped ({why})"),
            PassEnd::Open | PassEnd::Whole => "ended".to_owned(),
        };
        Self {
            at: row.started_at,
            entry: JournalKind::Pass,
            pass: row.pass,
            target: None,
            object_id: None,
            path: None,
            outcome,
            reason: None,
            detail: Some(row.cause),
            status: None,
            code: None,
            request_id: None,
            bytes: row.summary.as_ref().and_then(|summary| summary["bytes_sent"].as_i64()),
            elapsed_ms: line.elapsed_ms.and_then(|elapsed| i64::try_from(elapsed).ok()),
            summary: row.summary,
        }
    }
}
