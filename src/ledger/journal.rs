//! The journal: passes and tries, bounded by age and count.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use super::clocks;
use super::error::LedgerError;
use super::meta::{LAST_PASS, keep, meta};
use super::rows;
use super::writer::Ledger;
use crate::model::{PassCause, Reason, SourcePath, Steady, TargetId, Timestamp};

/// Rows of the journal are kept this long.
const KEEP: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// And at most this many of each kind, newest first.
const MOST: i64 = 1_000_000;

/// One pass.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PassRow {
    /// Its number.
    pub pass: i64,
    /// What set it off.
    pub cause: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it runs, or if it was cut off.
    pub ended_at: Option<Timestamp>,
    /// Its summary.
    pub summary: Option<serde_json::Value>,
}

/// One try.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AttemptRow {
    /// In which pass.
    pub pass: i64,
    /// For which target.
    #[serde(serialize_with = "crate::ledger::journal::as_text")]
    pub target: TargetId,
    /// From which file.
    pub path: Option<SourcePath>,
    /// When it ended.
    pub at: Timestamp,
    /// `delivered`, `waiting`, `blocked`, `superseded`, `removed`, `not_ours`, `restored`, `drifted`.
    pub outcome: String,
    /// Why not delivered.
    pub reason: Option<Reason>,
    /// The same in words.
    pub detail: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    /// Graph's error code.
    pub code: Option<String>,
    /// Graph's request id.
    pub request_id: Option<String>,
    /// Bytes sent.
    pub bytes: i64,
    /// Milliseconds it took.
    pub elapsed_ms: i64,
}

pub(super) fn as_text<S: serde::Serializer>(target: &TargetId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(target)
}

impl Ledger {
    /// Opens a pass in the journal; returns its number. Old rows go. `now` and `steady` are readings of one moment.
    pub(crate) async fn begin_pass(&self, cause: PassCause, now: Timestamp, steady: Steady) -> Result<i64, LedgerError> {
        self.write(move |connection| {
            let jumped_at = clocks::look(connection, now, steady)?;
            let pass = next_pass(connection)?;
            prune(connection, now, jumped_at)?;
            connection.execute(
                "INSERT INTO passes (pass, cause, started_at) VALUES (?1, ?2, ?3)",
                params![pass, cause.as_str(), now.millis()],
            )?;
            keep(connection, LAST_PASS, Some(&pass.to_string()))?;
            Ok(pass)
        })
        .await
    }

    /// Closes a pass with its summary as JSON.
    pub(crate) async fn end_pass(&self, pass: i64, summary: String, now: Timestamp) -> Result<(), LedgerError> {
        self.write(move |connection| {
            connection
                .execute("UPDATE passes SET ended_at = ?2, summary = ?3 WHERE pass = ?1", params![pass, now.millis(), summary])?;
            Ok(())
        })
        .await
    }
}

/// A number that no pass had, whatever has gone of the journal since: what is to be undone goes by it.
fn next_pass(connection: &Connection) -> rusqlite::Result<i64> {
    let named = meta(connection, LAST_PASS)?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let seen: i64 = connection.query_row(
        "SELECT max(coalesce((SELECT max(pass) FROM passes), 0), coalesce((SELECT max(pass) FROM backups), 0),
                coalesce((SELECT pass FROM attempts ORDER BY attempt DESC LIMIT 1), 0))",
        [],
        |row| row.get(0),
    )?;
    Ok(seen.max(named).saturating_add(1))
}

/// Ages count from the last jump of the clock at the earliest.
fn prune(connection: &Connection, now: Timestamp, jumped_at: Option<Timestamp>) -> rusqlite::Result<()> {
    let oldest = now.millis().saturating_sub(i64::try_from(KEEP.as_millis()).unwrap_or(i64::MAX));
    let oldest = if jumped_at.is_some_and(|jump| jump.millis() >= oldest) { i64::MIN } else { oldest };
    connection
        .execute("DELETE FROM passes WHERE started_at < ?1 OR pass <= (SELECT max(pass) FROM passes) - ?2", [oldest, MOST])?;
    // Attempts grow with time as they grow with number: the first one young enough ends the search.
    let first: Option<i64> = connection
        .query_row("SELECT attempt FROM attempts WHERE at >= ?1 ORDER BY attempt LIMIT 1", [oldest], |row| row.get(0))
        .optional()?;
    connection.execute(
        "DELETE FROM attempts WHERE attempt < max(coalesce(?1, (SELECT max(attempt) + 1 FROM attempts), 0), (SELECT coalesce(max(attempt), 0) FROM attempts) - ?2)",
        params![first, MOST],
    )?;
    Ok(())
}

pub(super) fn read_pass(row: &Row<'_>) -> rusqlite::Result<PassRow> {
    let summary: Option<String> = row.get("summary")?;
    Ok(PassRow {
        pass: row.get("pass")?,
        cause: row.get("cause")?,
        started_at: rows::time(row, "started_at")?,
        ended_at: rows::optional_time(row, "ended_at")?,
        summary: summary.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

pub(super) fn read_attempt(row: &Row<'_>) -> rusqlite::Result<AttemptRow> {
    Ok(AttemptRow {
        pass: row.get("pass")?,
        target: rows::target(row, "target")?,
        path: rows::optional_path(row, "path")?,
        at: rows::time(row, "at")?,
        outcome: row.get("outcome")?,
        reason: rows::reason(row, "reason")?,
        detail: row.get("detail")?,
        status: row.get("status")?,
        code: row.get("code")?,
        request_id: row.get("request_id")?,
        bytes: row.get("bytes")?,
        elapsed_ms: row.get("elapsed_ms")?,
    })
}
