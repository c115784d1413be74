//! What is held, blocked or waits, one by one; and how many targets stand where.

use rusqlite::Row;

use super::defaults::has_their_own;
use super::error::LedgerError;
use super::literal::{ALL_TARGETS, literal, literals, not_in_step};
use super::readable::{all_readable, readable};
use super::reader::Reader;
use super::refused::{is_of_kind, is_refused};
use super::rows;
use crate::model::target_state::StateName;
use crate::model::{Problem, Reason, SourcePath, TargetId, Timestamp};

/// The tenant's own photo stands, as a person or the settings decided.
const KEPT: [Reason; 3] = [Reason::Restored, Reason::UserPhoto, Reason::HasPhoto];
/// Files that are told by themselves.
const NOT_HELD: [Reason; 2] = [Reason::Unmatched, Reason::OutOfScope];

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

/// What [`Counts`] leaves out: the other parts of everything there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Apart {
    /// Excluded by the settings.
    pub out_of_scope: u32,
    /// Files that no rule claims.
    pub unmatched: u32,
}

/// One thing that is held, blocked or waiting.
#[derive(Clone, Debug)]
pub struct HeldRow {
    /// What it is about, as [`Counts`] counts: two files that are held for one target are one thing.
    pub(crate) thing: String,
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
    /// When a block is looked at again, where time may mend it.
    pub(crate) next_look: Option<Timestamp>,
    /// Last HTTP status.
    pub(crate) status: Option<u16>,
    /// Last Graph error code.
    pub(crate) code: Option<String>,
    /// Last request id.
    pub(crate) request_id: Option<String>,
    /// It lacks a permission that others of its kind have: Microsoft 365 protects it.
    pub(crate) alone: bool,
}

impl Reader {
    /// How many targets stand where.
    pub(crate) fn counts(&self) -> Result<Counts, LedgerError> {
        let mut counts = Counts { in_step: self.in_step()?, ..Counts::default() };
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT state = {blocked} AND reason IN ({kept}), state, count(*) FROM targets
                WHERE {not_in_step} AND (state <> {blocked} OR reason <> {out_of_scope}) AND NOT {own} GROUP BY 1, 2",
            not_in_step = not_in_step(),
            own = has_their_own(),
            blocked = literal(StateName::Blocked.as_str()),
            kept = literals(KEPT.map(Reason::as_str)),
            out_of_scope = literal(Reason::OutOfScope.as_str()),
        ))?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let count = row.get::<_, u32>(2)?;
            if row.get::<_, Option<bool>>(0)? == Some(true) {
                counts.kept += count;
                continue;
            }
            match readable(rows::word(row, 1))? {
                Some(StateName::Due) => counts.due += count,
                Some(StateName::Waiting) => counts.waiting += count,
                Some(StateName::Blocked) => counts.blocked += count,
                Some(StateName::InStep | StateName::Released) | None => {}
            }
        }
        // Held before a target was known, or beside a target that is not blocked itself: one each, however many files.
        let apart = format!("SELECT count(DISTINCT thing) FROM ({}) WHERE by_itself", held_files(NOT_HELD, false));
        counts.blocked += self.0.prepare_cached(&apart)?.query_one([], |row| row.get::<_, u32>(0))?;
        Ok(counts)
    }

    /// Whoever is nowhere else: a look at those few instead of at everybody.
    fn in_step(&self) -> Result<u32, LedgerError> {
        let usual = [StateName::InStep, StateName::Due, StateName::Waiting, StateName::Blocked].map(StateName::as_str);
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT {ALL_TARGETS} - (SELECT count(*) FROM targets WHERE {})
                - (SELECT count(*) FROM targets WHERE state NOT IN ({}))",
            not_in_step(),
            literals(usual),
        ))?;
        Ok(statement.query_one([], |row| row.get(0))?)
    }

    /// What the counts leave out, and [`held`](Self::held) too.
    pub(crate) fn apart(&self) -> Result<Apart, LedgerError> {
        let others: Vec<Reason> = Reason::ALL.iter().copied().filter(|reason| *reason != Reason::OutOfScope).collect();
        let count = |sql: &str| self.0.prepare_cached(sql)?.query_one([], |row| row.get::<_, u32>(0));
        let alone = count(&format!("SELECT count(DISTINCT thing) FROM ({}) WHERE by_itself", held_files(others, false)))?;
        let targets = count(&format!(
            "SELECT count(*) FROM targets WHERE {} AND state = {} AND reason = {} AND {}",
            not_in_step(),
            literal(StateName::Blocked.as_str()),
            literal(Reason::OutOfScope.as_str()),
            without_held_file()
        ))?;
        let unmatched = count(&format!("SELECT count(*) FROM files WHERE reason = {}", literal(Reason::Unmatched.as_str())))?;
        Ok(Apart { out_of_scope: alone + targets, unmatched })
    }

    /// Everything that is held or blocked, then everything that waits; files that no rule claims are not among them.
    pub fn held(&self) -> Result<Vec<HeldRow>, LedgerError> {
        let mut all = Vec::new();
        for (rows, order) in [(held_files(NOT_HELD, true), "f.path"), (held_targets(), "state, target")] {
            let mut statement = self.0.prepare_cached(&format!("{rows} ORDER BY {order}"))?;
            all.extend(all_readable(&mut statement.query([])?, held_row)?);
        }
        for row in &mut all {
            row.until = row.until.map(|until| self.tried_at(until)).transpose()?;
        }
        Ok(all)
    }

    /// The files that [`held`](Self::held) leaves out: those that no rule claims, and those that are out of scope.
    pub(crate) fn left_out(&self) -> Result<Vec<HeldRow>, LedgerError> {
        let others: Vec<Reason> = Reason::ALL.iter().copied().filter(|reason| !NOT_HELD.contains(reason)).collect();
        let mut statement = self.0.prepare_cached(&format!("{} ORDER BY f.path", held_files(others, true)))?;
        Ok(all_readable(&mut statement.query([])?, held_row)?)
    }
}

/// Files that are held, but for these reasons, in the columns that [`held_row`] reads; `whole`: with what people are told.
/// A file is about its target if that is blocked, and about itself otherwise: then the target is told, too. One whose name has
/// moved on is about whom it led to only if it was that one's own.
fn held_files(but: impl AsRef<[Reason]>, whole: bool) -> String {
    let told = "f.label, f.target, f.reference, f.path, f.reason, f.detail, f.cure, f.held_since AS since,
            NULL AS until, NULL AS status, NULL AS code, NULL AS request_id, NULL AS next_look, 0 AS alone,";
    format!(
        "SELECT {told}
            coalesce(t.target, p.target, 'file of ' || coalesce(iif(f.reason = {moved}, NULL, f.target), f.reference, f.path)) AS thing,
            t.target IS NULL AND p.target IS NULL AS by_itself
        FROM files f
            LEFT JOIN targets t ON t.target = f.target AND t.state = {blocked} AND f.reason <> {moved}
            LEFT JOIN targets p ON p.path = f.path AND p.state = {blocked}
        WHERE f.reason IS NOT NULL AND f.reason NOT IN ({but})",
        told = if whole { told } else { "" },
        blocked = literal(StateName::Blocked.as_str()),
        moved = literal(Reason::IdentityChanged.as_str()),
        but = literals(but.as_ref().iter().map(|reason| reason.as_str())),
    )
}

/// What the tenant blocks or lets wait, in the same columns; a target that is blocked with its file is not among them.
pub(super) fn held_targets() -> String {
    format!(
        "SELECT label, target, NULL, path, reason, detail, cure, since,
            iif(state = {waiting}, due_at, NULL), status, code, request_id, iif(state = {blocked}, due_at, NULL),
            coalesce({refused} AND NOT {of_kind}, 0), target AS thing
        FROM targets WHERE {not_in_step} AND (state = {waiting}
            OR state = {blocked} AND (reason IS NULL OR reason <> {out_of_scope}) AND {alone} AND NOT {own})",
        not_in_step = not_in_step(),
        own = has_their_own(),
        refused = is_refused(),
        of_kind = is_of_kind(),
        alone = without_held_file(),
        waiting = literal(StateName::Waiting.as_str()),
        blocked = literal(StateName::Blocked.as_str()),
        out_of_scope = literal(Reason::OutOfScope.as_str()),
    )
}

/// Of a target: no file that is held is about it.
fn without_held_file() -> String {
    let held = format!("reason IS NOT NULL AND reason NOT IN ({})", literals(NOT_HELD.map(Reason::as_str)));
    let blocked = literal(StateName::Blocked.as_str());
    // A file that is about another target says nothing of this one, though it was its own.
    let moved = literal(Reason::IdentityChanged.as_str());
    let others = format!(
        "target IS NOT NULL AND reason <> {moved} AND target IN (SELECT target FROM targets WHERE {} AND state = {blocked})",
        not_in_step()
    );
    format!(
        "(path IS NULL OR path NOT IN (SELECT path FROM files WHERE {held} AND NOT ({others})))
            AND target NOT IN (SELECT target FROM files WHERE {held} AND reason <> {moved} AND target IS NOT NULL)"
    )
}

fn held_row(row: &Row<'_>) -> rusqlite::Result<HeldRow> {
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
        next_look: rows::optional_time(row, 12)?,
        alone: row.get(13)?,
        thing: row.get(14)?,
    })
}
