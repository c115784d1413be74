//! What came of tries: the rows they change, and the journal.

use rusqlite::{Connection, params};

use super::backups;
use super::queue::{Due, Want};
use super::rows::unsure;
use super::writer::{Ledger, LedgerError};
use crate::model::{Digest, Outcome, SourcePath, Timestamp, Trace};

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
    /// Writes down what came of a try. It counts only if the wish is still the one that was tried;
    /// a photo that Graph accepted is remembered in any case, since the tenant holds it.
    pub async fn record(&self, attempt: Attempt) -> Result<(), LedgerError> {
        self.ask(move |connection| write(connection, &attempt)).await
    }
}

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
        Outcome::NotOurs
            if connection.prepare_cached(NOBODYS)?.execute(params![target, generation, at, NOBODYS_DETAIL, NOBODYS_CURE])?
                > 0 => {}
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
    let refused = trace.status.is_some_and(|status| (400..500).contains(&status));
    if problem.is_some() && trace.sent.is_some() && !trace.unsent && !refused {
        connection.prepare_cached("UPDATE targets SET unheard = 1 WHERE target = ?1")?.execute([&target])?;
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
    "delivered_digest = ?4, delivered_recipe = ?5, delivered_at = ?3, etag = ?6, seen_etag = NULL, unsure = 0, unheard = 0, sent = ?7, note = ?8,
        drift = NULL, drift_since = NULL, checked_at = NULL"
);

/// What Graph holds and when it took it stays; it counts for this version, too.
const SAME: &str = settled!("delivered_digest = ?4, delivered_recipe = ?5");

/// The tenant holds nothing of ours, whatever is wanted now.
const REMOVED: &str = "UPDATE targets SET
        delivered_digest = NULL, delivered_recipe = NULL, delivered_at = NULL, etag = NULL, unsure = 0, unheard = 0, sent = NULL, note = NULL, drift = NULL, drift_since = NULL,
        state = CASE WHEN generation = ?2 THEN 'released' ELSE state END,
        path = CASE WHEN generation = ?2 THEN NULL ELSE path END,
        since = CASE WHEN generation = ?2 THEN ?3 ELSE since END,
        reason = CASE WHEN generation = ?2 THEN NULL ELSE reason END
    WHERE target = ?1";

/// A photo is there that may be ours, after a try that got no answer or one that was cut off when its file had gone, or
/// somebody else's: only a person can see which.
/// Only where a file is gone: who opted out is asked about by every pass, and what isn't ours is let be.
const NOBODYS: &str = "UPDATE targets SET
        state = 'blocked', since = ?3, due_at = NULL, reason = 'removal_not_possible', detail = ?4, cure = ?5,
        status = NULL, code = NULL, request_id = NULL
    WHERE target = ?1 AND generation = ?2 AND (unheard OR unsure) AND EXISTS (SELECT 1 FROM gone WHERE gone.target = targets.target)";
const NOBODYS_DETAIL: &str = "the file is gone, and the photo in the tenant is either ours, from an upload whose answer never came, \
    or somebody else's: nobody can tell which, so it stays";
const NOBODYS_CURE: &str = "Look at the photo in Microsoft 365 and take it out by hand if it is the one of the file; then run \
    `photosyncd accept TARGET`. If it is the person's own, that alone will do.";

const WAIT: &str = "UPDATE targets SET
        state = 'waiting', due_at = ?4, attempts = attempts + ?5,
        since = CASE WHEN state = 'waiting' THEN since ELSE ?3 END,
        failing_since = CASE WHEN ?5 THEN coalesce(failing_since, ?3) ELSE failing_since END,
        reason = ?6, detail = ?7, cure = ?8, status = ?9, code = ?10, request_id = ?11
    WHERE target = ?1 AND generation = ?2";

const BLOCKED: &str = concat!(
    "UPDATE targets SET ",
    unsure!(),
    ",
        state = 'blocked', since = ?3, due_at = NULL, attempts = attempts + 1, failing_since = coalesce(failing_since, ?3),
        reason = ?4, detail = ?5, cure = ?6, status = ?7, code = ?8, request_id = ?9
    WHERE target = ?1 AND generation = ?2"
);

/// The file moved on, or its name did: what is wanted now is for the next pass to say, and until then nothing goes out.
const SUPERSEDED: &str = concat!(
    "UPDATE targets SET ",
    unsure!(),
    ", state = 'blocked', reason = 'file_changing', since = ?3,
        detail = 'the file, or whom its name leads to, changed since it was looked at', cure = NULL, due_at = NULL
    WHERE target = ?1 AND generation = ?2"
);

const JOURNAL: &str = "INSERT INTO attempts
    (pass, target, path, generation, at, outcome, reason, detail, status, code, request_id, bytes, elapsed_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
