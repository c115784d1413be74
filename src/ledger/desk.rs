//! What a page shows: everything that is held by its reason, with the newest few of each; and the last passes.

use rusqlite::Row;

use super::read::{HELD_FILES, HELD_TARGETS, HeldRow, Reader, held_row};
use super::rows;
use super::writer::LedgerError;
use crate::model::{Reason, Timestamp};

/// All that is held, blocked or waits for one reason.
#[derive(Clone, Debug)]
pub struct HeldGroup {
    /// Why.
    pub reason: Reason,
    /// Whether it is tried again by itself at a known time.
    pub waits: bool,
    /// How many files or targets.
    pub count: u32,
    /// Since when the first of them.
    pub since: Timestamp,
    /// When the next of them is tried.
    pub until: Option<Timestamp>,
    /// The newest of them.
    pub newest: Vec<HeldRow>,
}

/// A pass in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassLine {
    /// Its number.
    pub pass: i64,
    /// What set it off.
    pub cause: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it runs, or if it was cut off.
    pub ended_at: Option<Timestamp>,
    /// Files seen.
    pub scanned: Option<u32>,
    /// Files that no rule claims.
    pub unmatched: Option<u32>,
    /// Targets that were due when it ended.
    pub due: Option<u32>,
    /// Targets that needed a person then.
    pub blocked: Option<u32>,
    /// Which brake halted it.
    pub halted: Option<String>,
    /// Why it ended early.
    pub stopped: Option<String>,
}

impl Reader {
    /// All that is held, blocked or waits, by reason: what needs a person first, then what many have. Of each `most` rows,
    /// the newest. Different cures of a missing permission are groups of their own.
    pub fn held_groups(&self, most: u32) -> Result<Vec<HeldGroup>, LedgerError> {
        let read = || {
            let mut groups: Vec<HeldGroup> = Vec::new();
            let mut statement = self.0.prepare(&format!(
                "SELECT *, iif(waits, next, NULL) FROM (
                    SELECT *, until IS NOT NULL AS waits, count(*) OVER alike AS many, min(since) OVER alike AS oldest,
                        min(until) OVER alike AS next,
                        row_number() OVER (PARTITION BY until IS NULL, reason, iif(reason = 'not_permitted', cure, NULL)
                            ORDER BY since DESC, target, path) AS place
                    FROM ({HELD_FILES} UNION ALL {HELD_TARGETS})
                    WINDOW alike AS (PARTITION BY until IS NULL, reason, iif(reason = 'not_permitted', cure, NULL)))
                WHERE place <= ?1 ORDER BY waits, many DESC, reason, iif(reason = 'not_permitted', cure, NULL), place"
            ))?;
            let mut found = statement.query([most])?;
            while let Some(row) = found.next()? {
                let held = held_row(row)?;
                if row.get::<_, u32>("place")? == 1 {
                    groups.push(HeldGroup {
                        reason: held.problem.reason,
                        waits: row.get("waits")?,
                        count: row.get("many")?,
                        since: rows::optional_time(row, "oldest")?.unwrap_or_default(),
                        until: rows::optional_time(row, "next")?,
                        newest: Vec::new(),
                    });
                }
                if let Some(group) = groups.last_mut() {
                    group.newest.push(held);
                }
            }
            Ok(groups)
        };
        read().map_err(|error: rusqlite::Error| LedgerError::from(&error))
    }

    /// The last passes in short, newest first. A summary may list thousands of problems; they are not read.
    pub fn last_passes(&self, most: u32) -> Result<Vec<PassLine>, LedgerError> {
        let read = || {
            let mut statement = self.0.prepare_cached(
                "SELECT pass, cause, started_at, ended_at, summary ->> '$.scanned' AS scanned, summary ->> '$.unmatched' AS unmatched,
                        summary ->> '$.due' AS due, summary ->> '$.blocked' AS blocked,
                        summary ->> '$.halted.guard' AS halted, summary ->> '$.stopped' AS stopped
                    FROM passes ORDER BY pass DESC LIMIT ?1",
            )?;
            statement.query_map([most], pass_line)?.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|error| LedgerError::from(&error))
    }
}

fn pass_line(row: &Row<'_>) -> rusqlite::Result<PassLine> {
    Ok(PassLine {
        pass: row.get("pass")?,
        cause: row.get("cause")?,
        started_at: rows::time(row, "started_at")?,
        ended_at: rows::optional_time(row, "ended_at")?,
        scanned: row.get("scanned")?,
        unmatched: row.get("unmatched")?,
        due: row.get("due")?,
        blocked: row.get("blocked")?,
        halted: row.get("halted")?,
        stopped: row.get("stopped")?,
    })
}
