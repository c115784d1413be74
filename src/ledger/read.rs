//! What the reading commands ask: a second connection that changes nothing, beside a daemon or without one.

use std::path::Path;

use rusqlite::{Connection, Row, params};

use super::aside::{all_readable, readable};
use super::journal::{AttemptRow, PassRow, read_attempt, read_pass};
use super::open::open_to_read;
use super::refusal::OpenError;
use super::rows;
use super::writer::{Ledger, LedgerError};
use crate::model::{DeliveryState, KnownFile, PassCause, PhotoVersion, Problem, Reason, SourcePath, TargetId, Timestamp};

/// How many targets stand where. A file that is held before its target is known counts as blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Counts {
    /// The tenant was given what the source holds.
    pub in_step: u32,
    /// To be delivered now.
    pub due: u32,
    /// To be tried again at a known time.
    pub waiting: u32,
    /// Needs a person or a change.
    pub blocked: u32,
    /// The tenant's own photo stands, as a person or `drift.policy` decided.
    pub kept: u32,
}

/// One thing that is held, blocked or waiting.
#[derive(Clone, Debug)]
pub struct HeldRow {
    /// The target as HR names it; none if no rule claims the file.
    pub(crate) label: Option<String>,
    /// The target as Graph names it, where that is known.
    pub target: Option<TargetId>,
    /// Key of the reference, where there is one (`user:mail:anna@contoso.com`).
    pub(crate) reference: Option<String>,
    /// The file.
    pub path: Option<SourcePath>,
    /// Why, and what to do.
    pub problem: Problem,
    /// Since when.
    pub(crate) since: Timestamp,
    /// Tried again when; none if it is blocked.
    pub(crate) until: Option<Timestamp>,
    /// Last HTTP status.
    pub(crate) status: Option<u16>,
    /// Last Graph error code.
    pub(crate) code: Option<String>,
    /// Last request id.
    pub(crate) request_id: Option<String>,
}

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

/// Reads a ledger, and nothing else.
#[derive(Debug)]
pub struct Reader(pub(super) Connection);

impl Reader {
    /// Opens the ledger beside whoever writes it.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        open_to_read(path).map(Self)
    }

    /// How many targets stand where.
    pub(crate) fn counts(&self) -> Result<Counts, LedgerError> {
        counts(&self.0).map_err(told)
    }

    /// Everything that is held or blocked, then everything that waits; files that no rule claims are not among them.
    pub(crate) fn held(&self) -> Result<Vec<HeldRow>, LedgerError> {
        held(&self.0).map_err(told)
    }

    /// The newest pass over the source; what only compares or puts back is none.
    pub(crate) fn last_pass(&self) -> Result<Option<PassRow>, LedgerError> {
        let read = || {
            let mut statement = self.0.prepare("SELECT * FROM passes WHERE cause NOT IN (?1, ?2, ?3) ORDER BY pass DESC")?;
            let others = [PassCause::Verify, PassCause::Restore, PassCause::Undo].map(PassCause::as_str);
            let mut found = statement.query(others)?;
            while let Some(row) = found.next()? {
                if let Some(pass) = readable(read_pass(row))? {
                    return Ok(Some(pass));
                }
            }
            Ok(None)
        };
        read().map_err(told)
    }

    /// The rows of these targets.
    pub(crate) fn target_rows(&self, targets: &[TargetId]) -> Result<Vec<TargetRow>, LedgerError> {
        let sql = format!("SELECT {TARGET} FROM targets WHERE target = ?1");
        self.each(&sql, targets.iter().map(ToString::to_string), target_row)
    }

    /// The rows of these files.
    pub(crate) fn file_rows(&self, paths: &[SourcePath]) -> Result<Vec<KnownFile>, LedgerError> {
        let sql = format!("SELECT {} FROM files WHERE path = ?1", rows::file_columns());
        self.each(&sql, paths.iter().map(SourcePath::as_str), rows::file)
    }

    /// Every target's row.
    pub(crate) fn everything(&self) -> Result<Vec<TargetRow>, LedgerError> {
        self.all(&format!("SELECT {TARGET} FROM targets WHERE ?1 = '' ORDER BY target"), "", target_row)
    }

    /// The tries for one target, newest first.
    pub(crate) fn attempts(&self, target: &TargetId, most: usize) -> Result<Vec<AttemptRow>, LedgerError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let sql = format!("SELECT * FROM attempts WHERE target = ?1 ORDER BY attempt DESC LIMIT {most}");
        self.all(&sql, &target.to_string(), read_attempt)
    }

    /// What a query finds for each of these keys, in their order.
    fn each<T>(
        &self,
        sql: &str,
        keys: impl IntoIterator<Item = impl AsRef<str>>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        let mut statement = self.0.prepare(sql).map_err(told)?;
        let mut all = Vec::new();
        for key in keys {
            let mut found = statement.query([key.as_ref()]).map_err(told)?;
            all.extend(all_readable(&mut found, &read).map_err(told)?);
        }
        Ok(all)
    }

    fn all<T>(&self, sql: &str, by: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>, LedgerError> {
        let mut statement = self.0.prepare(sql).map_err(told)?;
        let mut found = statement.query(params![by]).map_err(told)?;
        all_readable(&mut found, read).map_err(told)
    }
}

impl Ledger {
    /// How many targets stand where.
    pub(crate) async fn counts(&self) -> Result<Counts, LedgerError> {
        self.ask(counts).await
    }

    /// Everything that is held, blocked or waits.
    pub async fn held(&self) -> Result<Vec<HeldRow>, LedgerError> {
        self.ask(held).await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn told(error: rusqlite::Error) -> LedgerError {
    LedgerError::from(&error)
}

fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    let mut statement = connection.prepare_cached(
        "SELECT iif(state = 'blocked' AND reason IN ('restored', 'user_photo'), 'kept', state) AS place, count(*) FROM targets
            WHERE state <> 'blocked' OR reason NOT IN ('out_of_scope', 'removal_not_possible') GROUP BY place",
    )?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let count = row.get::<_, u32>(1)?;
        match row.get_ref(0)?.as_str()? {
            "in_step" => counts.in_step = count,
            "due" => counts.due = count,
            "waiting" => counts.waiting = count,
            "blocked" => counts.blocked = count,
            "kept" => counts.kept = count,
            _ => {}
        }
    }
    // Held before a target was known, or for a target that was never planned for: one each, however many files.
    counts.blocked += connection.query_row(
        "SELECT count(DISTINCT coalesce(target, reference, path)) FROM files
            WHERE reason IS NOT NULL AND reason NOT IN ('unmatched', 'out_of_scope')
                AND (target IS NULL OR target NOT IN (SELECT target FROM targets))
                AND path NOT IN (SELECT path FROM targets WHERE path IS NOT NULL)",
        [],
        |row| row.get::<_, u32>(0),
    )?;
    Ok(counts)
}

/// Files that are held, in the columns that [`held_row`] reads.
pub(super) const HELD_FILES: &str = "SELECT label, target, reference, path, reason, detail, cure, held_since AS since,
            NULL AS until, NULL AS status, NULL AS code, NULL AS request_id
        FROM files WHERE reason IS NOT NULL AND reason NOT IN ('unmatched', 'out_of_scope')";

/// What the tenant blocks or lets wait, in the same columns; a target held with its file is not among them.
pub(super) const HELD_TARGETS: &str = "SELECT label, target, NULL, path, reason, detail, cure, since,
            iif(state = 'waiting', due_at, NULL), status, code, request_id
        FROM targets WHERE state IN ('blocked', 'waiting')
            AND (path IS NULL OR path NOT IN (SELECT path FROM files WHERE reason IS NOT NULL))
            AND target NOT IN (SELECT target FROM files WHERE reason IS NOT NULL AND reason <> 'unmatched' AND target IS NOT NULL)";

fn held(connection: &Connection) -> rusqlite::Result<Vec<HeldRow>> {
    let mut all = Vec::new();
    for (rows, order) in [(HELD_FILES, "path"), (HELD_TARGETS, "state, target")] {
        let mut statement = connection.prepare_cached(&format!("{rows} ORDER BY {order}"))?;
        let mut found = statement.query([])?;
        all.extend(all_readable(&mut found, held_row)?);
    }
    Ok(all)
}

pub(super) fn held_row(row: &Row<'_>) -> rusqlite::Result<HeldRow> {
    Ok(HeldRow {
        label: row.get(0)?,
        target: rows::optional_target(row, 1)?,
        reference: row.get(2)?,
        path: rows::optional_path(row, 3)?,
        problem: rows::problem(row, 4)?.unwrap_or_else(|| Problem::new(Reason::Transient, "")),
        since: rows::optional_time(row, 7)?.unwrap_or_default(),
        until: rows::optional_time(row, 8)?,
        status: row.get(9)?,
        code: row.get(10)?,
        request_id: row.get(11)?,
    })
}

/// The columns that [`target_row`] reads, in its order.
pub(super) const TARGET: &str = "target, label, path, digest, recipe, desired_at, delivered_digest, delivered_recipe, delivered_at, \
                      state, due_at, reason, detail, cure, since, attempts, note, \
                      drift, drift_since, checked_at, restore_from IS NOT NULL";

pub(super) fn target_row(row: &Row<'_>) -> rusqlite::Result<TargetRow> {
    Ok(TargetRow {
        target: rows::target(row, 0)?,
        label: row.get(1)?,
        path: rows::optional_path(row, 2)?,
        desired: rows::version(row, 3, 4)?.zip(rows::optional_time(row, 5)?),
        delivered: rows::version(row, 6, 7)?.zip(rows::optional_time(row, 8)?),
        state: rows::state(row, 9)?,
        released: row.get_ref(9)?.as_str()? == "released",
        problem: rows::problem(row, 11)?,
        since: rows::time(row, 14)?,
        attempts: row.get(15)?,
        note: row.get(16)?,
        drift: row.get::<_, Option<String>>(17)?.zip(rows::optional_time(row, 18)?),
        checked_at: rows::optional_time(row, 19)?,
        restoring: row.get(20)?,
    })
}
