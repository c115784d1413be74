//! What a person decides about targets: try again, accept.

use rusqlite::params;

use super::writer::{Ledger, LedgerError};
use crate::model::Timestamp;

impl Ledger {
    /// Lets go of the objects that files with a changed identity were bound to: files whose path, label or object is
    /// `which`, and whatever else is named by the same reference. The next pass binds them to whom they name now. And lets HR's photo go again to such targets whose own
    /// photo was kept. A photo that a person has taken out by hand, since Graph can't, is forgotten. Says how many.
    pub async fn accept(&self, which: String) -> Result<usize, LedgerError> {
        self.ask(move |connection| {
            let files = connection.execute(
                "UPDATE files SET target = NULL, bound_at = NULL, rule = iif(rule LIKE 'table, line %', NULL, rule) WHERE reference IN (
                    SELECT reference FROM files WHERE reason = 'identity_changed'
                    AND (path = ?1 OR label = ?1 COLLATE NOCASE OR target = ?1 OR substr(target, instr(target, ':') + 1) = ?1))",
                [&which],
            )?;
            let forgotten = connection.execute(FORGET, [&which])?;
            Ok(files + forgotten + connection.execute(ACCEPT, [&which])?)
        })
        .await
    }

    /// Makes blocked and waiting targets due at once: those whose id or label is in `which`, or all. Says how many.
    pub async fn retry(&self, which: Option<Vec<String>>, now: Timestamp) -> Result<usize, LedgerError> {
        self.ask(move |connection| {
            const RETRY: &str = "UPDATE targets SET state = 'due', since = ?1, desired_at = ?1, due_at = NULL, attempts = 0,
                    failing_since = NULL, generation = generation + 1
                WHERE state IN ('blocked', 'waiting') AND (restore_from IS NOT NULL
                    OR digest IS NOT NULL AND coalesce(reason, '') NOT IN ('restored', 'user_photo'))";
            match which {
                None => connection.execute(RETRY, [now.millis()]),
                Some(which) => {
                    let sql = format!("{RETRY} AND (target = ?2 OR label = ?2 COLLATE NOCASE OR path = ?2 OR substr(target, instr(target, ':') + 1) = ?2)");
                    let mut statement = connection.prepare(&sql)?;
                    which.iter().map(|name| statement.execute(params![now.millis(), name])).sum()
                }
            }
        })
        .await
    }
}

/// What was kept goes no more; what is blocked for it alone is due.
const ACCEPT: &str = "UPDATE targets SET kept_reason = NULL, kept_digest = NULL, restore_from = NULL,
        generation = generation + 1,
        state = iif(state = 'blocked' AND reason IN ('restored', 'user_photo') AND digest IS NOT NULL, 'due', state),
        reason = iif(reason IN ('restored', 'user_photo'), NULL, reason),
        detail = iif(reason IN ('restored', 'user_photo'), NULL, detail),
        cure = iif(reason IN ('restored', 'user_photo'), NULL, cure)
    WHERE kept_reason IS NOT NULL
        AND (target = ?1 OR label = ?1 COLLATE NOCASE OR path = ?1 OR substr(target, instr(target, ':') + 1) = ?1)";

/// What Graph can't remove and a person has.
const FORGET: &str = "UPDATE targets SET state = 'released', delivered_digest = NULL, delivered_recipe = NULL,
        delivered_at = NULL, etag = NULL, sent = NULL, unheard = 0, reason = NULL, detail = NULL, cure = NULL
    WHERE reason = 'removal_not_possible'
        AND (label = ?1 COLLATE NOCASE OR target = ?1 OR substr(target, instr(target, ':') + 1) = ?1)";
