//! The whole rows of targets and files, for a person.

use rusqlite::Row;

use super::error::LedgerError;
use super::literal::not_in_step;
use super::readable::all_readable;
use super::reader::Reader;
use super::{files, rows};
use crate::model::target_state::StateName;
use crate::model::{DeliveryState, KnownFile, PhotoVersion, Problem, Reason, SourcePath, TargetId, Timestamp};

/// One target's whole row.
#[derive(Clone, Debug)]
pub(crate) struct TargetRow {
    /// As Graph names it.
    pub target: TargetId,
    /// As HR names it.
    pub label: String,
    /// The file that speaks for it.
    pub path: Option<SourcePath>,
    /// What is wanted, and since when.
    pub desired: Option<(PhotoVersion, Timestamp)>,
    /// What Graph accepted last, and when.
    pub delivered: Option<(PhotoVersion, Timestamp)>,
    /// What is worth telling about the photo that Graph accepted.
    pub note: Option<String>,
    /// Where it stands.
    pub state: DeliveryState,
    /// No file speaks for it any more.
    pub released: bool,
    /// When a block is looked at again, where time may mend it.
    pub next_look: Option<Timestamp>,
    /// Since when it stands there.
    pub since: Timestamp,
    /// Failed tries.
    pub attempts: u32,
    /// What stands in the way.
    pub problem: Option<Problem>,
    /// The tenant shows another photo than ours (`changed`) or none (`gone`), since when.
    pub drift: Option<(String, Timestamp)>,
    /// When the tenant's photo was compared with ours last.
    pub checked_at: Option<Timestamp>,
    /// A backup is to go back there.
    pub restoring: bool,
}

impl Reader {
    /// The rows of these targets.
    pub(crate) fn target_rows(&self, targets: &[TargetId]) -> Result<Vec<TargetRow>, LedgerError> {
        let sql = format!("SELECT {TARGET} FROM targets WHERE target = ?1");
        self.each(&sql, targets.iter().map(ToString::to_string), target_row)
    }

    /// Targets whose photo is to go, and only a person can take it out.
    pub(crate) fn left_to_a_person(&self) -> Result<Vec<TargetRow>, LedgerError> {
        let sql = format!("SELECT {TARGET} FROM targets WHERE {} AND state = ?1 AND reason = ?2 ORDER BY target", not_in_step());
        let by = [StateName::Blocked.as_str(), Reason::RemovalNotPossible.as_str()];
        Ok(all_readable(&mut self.0.prepare_cached(&sql)?.query(by)?, target_row)?)
    }

    /// The rows of these files.
    pub(crate) fn file_rows(&self, paths: &[SourcePath]) -> Result<Vec<KnownFile>, LedgerError> {
        let sql = format!("SELECT {} FROM files WHERE path = ?1", files::columns());
        self.each(&sql, paths.iter().map(SourcePath::as_str), files::row)
    }

    /// Every target's row.
    pub(crate) fn everything(&self) -> Result<Vec<TargetRow>, LedgerError> {
        let mut statement = self.0.prepare(&format!("SELECT {TARGET} FROM targets ORDER BY target"))?;
        Ok(all_readable(&mut statement.query([])?, target_row)?)
    }
}

/// The columns that [`target_row`] reads, in its order.
pub(super) const TARGET: &str = "target, label, path, desired_digest, desired_recipe, desired_at, delivered_digest, delivered_recipe, delivered_at, \
                      state, due_at, reason, detail, cure, since, attempts, picture_note, \
                      drift, drift_since, checked_at, restore_from IS NOT NULL";

pub(super) fn target_row(row: &Row<'_>) -> rusqlite::Result<TargetRow> {
    Ok(TargetRow {
        target: rows::target(row, 0)?,
        label: row.get(1)?,
        path: rows::optional_path(row, 2)?,
        desired: rows::version(row, 3, 4)?.zip(rows::optional_time(row, 5)?),
        delivered: rows::version(row, 6, 7)?.zip(rows::optional_time(row, 8)?),
        state: rows::state(row, 9)?,
        next_look: rows::optional_time(row, 10)?,
        released: row.get_ref(9)?.as_str()? == StateName::Released.as_str(),
        problem: rows::problem(row, 11)?,
        since: rows::time(row, 14)?,
        attempts: row.get(15)?,
        note: row.get(16)?,
        drift: row.get::<_, Option<String>>(17)?.zip(rows::optional_time(row, 18)?),
        checked_at: rows::optional_time(row, 19)?,
        restoring: row.get(20)?,
    })
}
