//! What is due, and what came of it. The queue is a query over the targets.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Statement, ToSql, params};

use super::writer::{Ledger, LedgerError};
use super::{backups, rows};
use crate::flow::LONGEST;
use crate::model::{Digest, Generation, Outcome, PhotoVersion, Problem, SourcePath, TargetId, TargetKind, Timestamp, Trace};

/// What is wanted at a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// This version.
    Photo {
        /// The file that speaks for the target.
        path: SourcePath,
        /// The version.
        version: PhotoVersion,
        /// Hash of the photo that Graph accepted last, if that was another version: one that comes out the same need
        /// not be sent.
        given: Option<Digest>,
    },
    /// No photo of ours any more.
    Nothing {
        /// What Graph called our photo when it accepted it, where it said so.
        etag: Option<String>,
    },
    /// What was there before ours.
    Former {
        /// Number of the backup.
        backup: i64,
        /// The file that keeps it and the hash of its bytes; none: there was no photo.
        kept: Option<(String, Digest)>,
        /// What Graph called our photo when it accepted it, where it said so.
        etag: Option<String>,
    },
}

impl Want {
    /// The file that speaks for the target.
    pub fn path(&self) -> Option<&SourcePath> {
        match self {
            Self::Photo { path, .. } => Some(path),
            Self::Nothing { .. } | Self::Former { .. } => None,
        }
    }
}

/// A target that something is to be done about now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which.
    pub target: TargetId,
    /// What is wanted there.
    pub want: Want,
    /// The photo that Graph accepted from us, as far as we know: what Graph called it, where that is known. None if the
    /// tenant holds none of ours.
    pub ours: Option<Option<String>>,
    /// Since when.
    pub wished: Timestamp,
    /// Of the wish; an outcome of an older one is not taken.
    pub generation: Generation,
    /// Failed tries of this version so far.
    pub attempts: u32,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
}

/// One try, for the ledger and its journal.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What was tried.
    pub due: Due,
    /// In which pass.
    pub pass: i64,
    /// When it ended.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
    /// What the wire said.
    pub trace: Trace,
}

impl Ledger {
    /// Up to `limit` targets to deliver now, newest wish first, then those whose wait is over; none of `taken`, and
    /// only some, if so asked. Kinds take turns among wishes of one time, so that a flood of one does not hide the others.
    pub async fn due(
        &self,
        now: Timestamp,
        limit: usize,
        taken: HashSet<TargetId>,
        only: Option<Arc<HashSet<TargetId>>>,
    ) -> Result<Vec<Due>, LedgerError> {
        self.ask(move |connection| {
            let wanted = |target: &TargetId| !taken.contains(target) && only.as_ref().is_none_or(|only| only.contains(target));
            let read = |statement: &mut Statement<'_>, by: &[&dyn ToSql]| -> rusqlite::Result<Vec<Due>> {
                let mut found = statement.query(by)?;
                let mut due = Vec::new();
                while due.len() < limit {
                    let Some(row) = found.next()? else { break };
                    due.extend(read_due(row)?.filter(|next| wanted(&next.target)));
                }
                Ok(due)
            };
            let mut wishes = Vec::new();
            let mut statement = connection.prepare_cached(DUE)?;
            for kind in KINDS {
                wishes.push(read(&mut statement, &[&kind])?.into());
            }
            let mut due = take_turns(wishes, limit);
            if due.len() < limit {
                let back = now.plus(LONGEST).millis();
                due.extend(read(&mut *connection.prepare_cached(WAITED)?, &[&now.millis(), &back])?);
                due.truncate(limit);
            }
            Ok(due)
        })
        .await
    }

    /// Takes back a try that counted, of wishes that still stand: it failed for all, in an outage.
    pub async fn forgive(&self, which: Vec<(TargetId, Generation)>) -> Result<(), LedgerError> {
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(FORGIVE)?;
            for (target, generation) in &which {
                statement.execute(params![target.to_string(), generation.0])?;
            }
            Ok(())
        })
        .await
    }

    /// Until when Graph asked everybody to wait, by the longest such wait that a try was told and that still runs; at most
    /// `most` from now, since a clock may have been set back.
    pub async fn asked_to_wait(&self, now: Timestamp, most: Duration) -> Result<Option<Timestamp>, LedgerError> {
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(ASKED)?;
            let until: Option<i64> = statement.query_one(params![now.millis(), now.plus(most).millis()], |row| row.get(0))?;
            Ok(until.map(Timestamp::from_millis))
        })
        .await
    }

    /// When the next wait ends, after `now`, of some targets only, if so asked; none if nothing waits.
    pub async fn next_due(&self, now: Timestamp, only: Option<Arc<HashSet<TargetId>>>) -> Result<Option<Timestamp>, LedgerError> {
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(NEXT)?;
            let mut found = statement.query([now.millis()])?;
            while let Some(row) = found.next()? {
                let target = rows::target(row, "target")?;
                if only.as_ref().is_none_or(|only| only.contains(&target)) {
                    return rows::time(row, "due_at").map(Some);
                }
            }
            Ok(None)
        })
        .await
    }

    /// Blocks whatever is due or waits for targets of this kind: the application may not write to any of them.
    pub async fn block_kind(&self, kind: TargetKind, problem: Problem, now: Timestamp) -> Result<(), LedgerError> {
        self.ask(move |connection| {
            connection.execute(
                "UPDATE targets SET state = 'blocked', since = ?2, due_at = NULL, reason = ?3, detail = ?4, cure = ?5
                    WHERE state IN ('due', 'waiting') AND substr(target, 1, length(?1)) = ?1",
                params![format!("{kind}:"), now.millis(), problem.reason.as_str(), problem.detail, problem.cure],
            )?;
            Ok(())
        })
        .await
    }

    /// Writes down what came of a try. It counts only if the wish is still the one that was tried;
    /// a photo that Graph accepted is remembered in any case, since the tenant holds it.
    pub async fn record(&self, attempt: Attempt) -> Result<(), LedgerError> {
        self.ask(move |connection| write(connection, &attempt)).await
    }
}

fn read_due(row: &Row<'_>) -> rusqlite::Result<Option<Due>> {
    let etag: Option<String> = row.get(7)?;
    let want = match (rows::optional_path(row, 1)?, rows::version(row, 2, 3)?) {
        _ if row.get_ref(12)? != ValueRef::Null => {
            let kept = row.get::<_, Option<String>>(13)?.zip(rows::digest(row, 14)?);
            Want::Former { backup: row.get(12)?, kept, etag: etag.clone() }
        }
        (Some(path), Some(version)) => {
            let delivered = rows::version(row, 9, 10)?;
            let given = rows::digest(row, 11)?.filter(|_| delivered.is_some_and(|delivered| delivered != version));
            Want::Photo { path, version, given }
        }
        (None, Some(_)) => return Ok(None),
        (_, None) => Want::Nothing { etag: etag.clone() },
    };
    Ok(Some(Due {
        target: rows::target(row, 0)?,
        want,
        generation: Generation(row.get(4)?),
        attempts: row.get(5)?,
        failing_since: rows::optional_time(row, 6)?,
        // A wish for what was delivered before last forgets the version, since nobody knows whether it is there; not the name.
        ours: (row.get_ref(9)? != ValueRef::Null || etag.is_some()).then_some(etag),
        wished: rows::time(row, 8)?,
    }))
}

/// Newest wish first; kinds take turns among wishes of one time. Each of `kinds` is in order already.
fn take_turns(mut kinds: Vec<VecDeque<Due>>, limit: usize) -> Vec<Due> {
    let mut due = Vec::new();
    while due.len() < limit {
        let Some(newest) = kinds.iter().filter_map(|kind| kind.front()).map(|due| due.wished).max() else { break };
        for kind in &mut kinds {
            if kind.front().is_some_and(|due| due.wished == newest) {
                due.extend(kind.pop_front());
            }
        }
    }
    due.truncate(limit);
    due
}

/// How the targets of each kind begin, in the order in which they take turns: few before many.
const KINDS: [&str; 5] = ["me", "tea", "gro", "use", "con"];

/// Of one kind, newest wish first.
const DUE: &str = "SELECT target, path, digest, recipe, generation, attempts, failing_since, etag, desired_at,
        delivered_digest, delivered_recipe, sent, restore_from,
        (SELECT file FROM backups WHERE backup = restore_from),
        (SELECT digest FROM backups WHERE backup = restore_from) FROM targets
    WHERE state = 'due' AND substr(target, 1, 3) = ?1 ORDER BY desired_at DESC";

/// Waits that are over, or would last longer than any that is made: then the clock was set back since.
const WAITED: &str = "SELECT target, path, digest, recipe, generation, attempts, failing_since, etag, desired_at,
        delivered_digest, delivered_recipe, sent, restore_from,
        (SELECT file FROM backups WHERE backup = restore_from),
        (SELECT digest FROM backups WHERE backup = restore_from) FROM targets
    WHERE state = 'waiting' AND (due_at <= ?1 OR due_at > ?2) ORDER BY due_at";

const ASKED: &str = "SELECT max(due_at) FROM targets
    WHERE state = 'waiting' AND reason = 'throttled' AND due_at > ?1 AND due_at <= ?2";

const NEXT: &str = "SELECT target, due_at FROM targets WHERE state = 'waiting' AND due_at > ?1 ORDER BY due_at";

const FORGIVE: &str = "UPDATE targets SET
        failing_since = CASE WHEN attempts > 1 THEN failing_since END, attempts = max(attempts - 1, 0)
    WHERE target = ?1 AND generation = ?2 AND state = 'waiting'";

fn write(connection: &Connection, attempt: &Attempt) -> rusqlite::Result<()> {
    let Attempt { due, pass, at, outcome, trace } = attempt;
    let (target, generation, at) = (due.target.to_string(), due.generation.0, at.millis());
    let problem = match outcome {
        Outcome::Wait { problem, .. } | Outcome::Blocked { problem } => Some(problem),
        Outcome::Delivered { .. } | Outcome::Same | Outcome::Removed | Outcome::NotOurs | Outcome::Superseded => None,
    };
    let (reason, detail, cure) = (
        problem.map(|problem| problem.reason.as_str()),
        problem.map(|problem| problem.detail.as_str()),
        problem.map(|problem| problem.cure.as_str()),
    );
    backups::settle(connection, &target, outcome, trace)?;
    let mut word = outcome.as_str();
    match outcome {
        Outcome::Delivered { .. } | Outcome::Removed | Outcome::NotOurs if matches!(due.want, Want::Former { .. }) => {
            backups::restored(connection, &target, generation, at)?;
            word = if *outcome == Outcome::NotOurs { word } else { "restored" };
        }
        Outcome::Delivered { etag } => {
            if let Want::Photo { version, .. } = &due.want {
                let (digest, recipe) = (version.digest.as_bytes(), version.recipe.as_str());
                connection.prepare_cached(DELIVERED)?.execute(params![
                    target,
                    generation,
                    at,
                    digest,
                    recipe,
                    etag,
                    trace.sent.as_ref().map(Digest::as_bytes),
                    trace.note
                ])?;
            }
        }
        Outcome::Same => {
            if let Want::Photo { version, .. } = &due.want {
                let (digest, recipe) = (version.digest.as_bytes(), version.recipe.as_str());
                connection.prepare_cached(SAME)?.execute(params![target, generation, at, digest, recipe])?;
            }
        }
        Outcome::Removed | Outcome::NotOurs => {
            connection.prepare_cached(REMOVED)?.execute(params![target, generation, at])?;
        }
        Outcome::Wait { until, counts, .. } => {
            connection.prepare_cached(WAIT)?.execute(params![
                target,
                generation,
                at,
                until.millis(),
                counts,
                reason,
                detail,
                cure,
                trace.status,
                trace.code,
                trace.request_id,
            ])?;
        }
        Outcome::Blocked { .. } => {
            connection.prepare_cached(BLOCKED)?.execute(params![
                target,
                generation,
                at,
                reason,
                detail,
                cure,
                trace.status,
                trace.code,
                trace.request_id
            ])?;
        }
        Outcome::Superseded => {
            connection.prepare_cached(SUPERSEDED)?.execute(params![target, generation, at])?;
        }
    }
    connection.prepare_cached(JOURNAL)?.execute(params![
        pass,
        target,
        due.want.path().map(SourcePath::as_str),
        generation,
        at,
        word,
        reason,
        detail.or(trace.note.as_deref()),
        trace.status,
        trace.code,
        trace.request_id,
        trace.bytes.cast_signed(),
        trace.elapsed_ms.cast_signed(),
    ])?;
    Ok(())
}

/// In step, if the wish is still the one that was tried.
macro_rules! settled {
    ($set:literal) => {
        concat!(
            "UPDATE targets SET ",
            $set,
            ",
        kept_reason = CASE WHEN generation = ?2 THEN NULL ELSE kept_reason END,
        kept_digest = CASE WHEN generation = ?2 THEN NULL ELSE kept_digest END,
        state = CASE WHEN generation = ?2 THEN 'in_step' ELSE state END,
        since = CASE WHEN generation = ?2 THEN ?3 ELSE since END,
        due_at = CASE WHEN generation = ?2 THEN NULL ELSE due_at END,
        attempts = CASE WHEN generation = ?2 THEN 0 ELSE attempts END,
        failing_since = CASE WHEN generation = ?2 THEN NULL ELSE failing_since END,
        reason = CASE WHEN generation = ?2 THEN NULL ELSE reason END,
        detail = CASE WHEN generation = ?2 THEN NULL ELSE detail END,
        cure = CASE WHEN generation = ?2 THEN NULL ELSE cure END,
        status = CASE WHEN generation = ?2 THEN NULL ELSE status END,
        code = CASE WHEN generation = ?2 THEN NULL ELSE code END,
        request_id = CASE WHEN generation = ?2 THEN NULL ELSE request_id END
    WHERE target = ?1"
        )
    };
}

const DELIVERED: &str = settled!(
    "delivered_digest = ?4, delivered_recipe = ?5, delivered_at = ?3, etag = ?6, sent = ?7, note = ?8,
        drift = NULL, drift_since = NULL, checked_at = NULL"
);

/// What Graph holds and when it took it stays; it counts for this version, too.
const SAME: &str = settled!("delivered_digest = ?4, delivered_recipe = ?5");

/// The tenant holds nothing of ours, whatever is wanted now.
const REMOVED: &str = "UPDATE targets SET
        delivered_digest = NULL, delivered_recipe = NULL, delivered_at = NULL, etag = NULL, sent = NULL, note = NULL, drift = NULL, drift_since = NULL,
        state = CASE WHEN generation = ?2 THEN 'released' ELSE state END,
        path = CASE WHEN generation = ?2 THEN NULL ELSE path END,
        since = CASE WHEN generation = ?2 THEN ?3 ELSE since END,
        reason = CASE WHEN generation = ?2 THEN NULL ELSE reason END
    WHERE target = ?1";

const WAIT: &str = "UPDATE targets SET
        state = 'waiting', due_at = ?4, attempts = attempts + ?5,
        since = CASE WHEN state = 'waiting' THEN since ELSE ?3 END,
        failing_since = CASE WHEN ?5 THEN coalesce(failing_since, ?3) ELSE failing_since END,
        reason = ?6, detail = ?7, cure = ?8, status = ?9, code = ?10, request_id = ?11
    WHERE target = ?1 AND generation = ?2";

const BLOCKED: &str = "UPDATE targets SET
        state = 'blocked', since = ?3, due_at = NULL, attempts = attempts + 1, failing_since = coalesce(failing_since, ?3),
        reason = ?4, detail = ?5, cure = ?6, status = ?7, code = ?8, request_id = ?9
    WHERE target = ?1 AND generation = ?2";

/// The file moved on: what is wanted now is for the next pass to say, and until then nothing goes out.
const SUPERSEDED: &str = "UPDATE targets SET state = 'blocked', reason = 'file_changing', since = ?3,
        detail = 'the file changed since it was looked at', cure = NULL, due_at = NULL
    WHERE target = ?1 AND generation = ?2";

const JOURNAL: &str = "INSERT INTO attempts
    (pass, target, path, generation, at, outcome, reason, detail, status, code, request_id, bytes, elapsed_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
