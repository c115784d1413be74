//! The journal as people ask for it: passes and tries, newest first.

use rusqlite::{Row, named_params, params};

use super::error::LedgerError;
use super::journal::{AttemptRow, PassRow, read_attempt, read_pass};
use super::readable::{all_readable, readable};
use super::reader::Reader;
use crate::model::{JournalWord, PassCause, TargetId, Timestamp};

/// What to show of the journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct JournalFilter {
    /// Only tries for this target.
    pub target: Option<TargetId>,
    /// Nothing older.
    pub since: Option<Timestamp>,
    /// Only what went wrong.
    pub failed: bool,
    /// Rows of each kind at most.
    pub limit: usize,
}

impl JournalFilter {
    fn limit(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX)
    }

    fn since(&self) -> i64 {
        self.since.map_or(i64::MIN, Timestamp::millis)
    }
}

impl Reader {
    /// The newest pass over the source; what only compares or puts back is none.
    pub(crate) fn last_pass(&self) -> Result<Option<PassRow>, LedgerError> {
        let mut statement = self.0.prepare("SELECT * FROM passes WHERE cause NOT IN (?1, ?2, ?3) ORDER BY pass DESC")?;
        let others = [PassCause::Verify, PassCause::Restore, PassCause::Undo].map(PassCause::as_str);
        let mut found = statement.query(others)?;
        while let Some(row) = found.next()? {
            if let Some(pass) = readable(read_pass(row))? {
                return Ok(Some(pass));
            }
        }
        Ok(None)
    }

    /// The tries for one target, newest first.
    pub(crate) fn attempts(&self, target: &TargetId, most: usize) -> Result<Vec<AttemptRow>, LedgerError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut statement = self.0.prepare_cached("SELECT * FROM attempts WHERE target = ?1 ORDER BY attempt DESC LIMIT ?2")?;
        Ok(all_readable(&mut statement.query(params![target.to_string(), most])?, read_attempt)?)
    }

    /// Passes, newest first. Gone wrong is one that was halted or cut off, or ended with something blocked or waiting.
    pub(crate) fn passes(&self, filter: &JournalFilter) -> Result<Vec<PassRow>, LedgerError> {
        let mut statement = self.0.prepare_cached(PASSES)?;
        let by = named_params! { ":since": filter.since(), ":failed": filter.failed, ":limit": filter.limit() };
        Ok(all_readable(&mut statement.query(by)?, read_pass)?)
    }

    /// Tries with the label of their target, newest first.
    pub(crate) fn tries(&self, filter: &JournalFilter) -> Result<Vec<(AttemptRow, Option<String>)>, LedgerError> {
        let one = filter.target.as_ref().map(ToString::to_string);
        let which = if one.is_some() { "a.target = :target" } else { ":target IS NULL" };
        let mut statement = self.0.prepare(&format!(
            "SELECT a.*, t.label AS label FROM attempts a LEFT JOIN targets t ON t.target = a.target
                WHERE {which} AND a.at >= :since AND (NOT :failed OR a.outcome IN (:waiting, :blocked))
                ORDER BY a.attempt DESC LIMIT :limit"
        ))?;
        let by = named_params! {
            ":target": one, ":since": filter.since(), ":failed": filter.failed, ":limit": filter.limit(),
            ":waiting": JournalWord::Waiting.as_str(), ":blocked": JournalWord::Blocked.as_str(),
        };
        let row = |row: &Row<'_>| Ok((read_attempt(row)?, row.get("label")?));
        Ok(all_readable(&mut statement.query(by)?, row)?)
    }
}

/// A summary that is no JSON is none.
const PASSES: &str = "SELECT * FROM (SELECT pass, cause, started_at, ended_at, iif(json_valid(summary), summary, NULL) AS summary
        FROM passes) WHERE started_at >= :since AND (NOT :failed OR ended_at IS NULL
        OR coalesce(json_extract(summary, '$.halted') IS NOT NULL, 0) OR json_extract(summary, '$.stopped') IS NOT NULL
        OR coalesce(json_extract(summary, '$.looked') = 0, 0)
        OR coalesce(json_extract(summary, '$.blocked'), 0) + coalesce(json_extract(summary, '$.waiting'), 0) > 0)
    ORDER BY pass DESC LIMIT :limit";
