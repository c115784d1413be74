//! What a person decides about targets: try again, accept.

use super::targets::{self, NAMED};
use super::writer::{Ledger, LedgerError};
use crate::model::Timestamp;
use crate::model::target_state::Event;

impl Ledger {
    /// Lets go of the objects that files with a changed identity were bound to: files whose path, label or object is
    /// `which`, and whatever else is named by the same reference. The next pass binds them to whom they name now. And lets HR's photo go again to such targets whose own
    /// photo was kept. A photo that a person has taken out by hand, since Graph can't, is forgotten. Says how many.
    pub async fn accept(&self, which: String, now: Timestamp) -> Result<usize, LedgerError> {
        self.ask(move |connection| {
            let files = connection.execute(
                "UPDATE files SET target = NULL, bound_at = NULL, rule = iif(rule LIKE 'table, line %', NULL, rule) WHERE reference IN (
                    SELECT reference FROM files WHERE reason = 'identity_changed'
                    AND (path = ?1 OR label = ?1 COLLATE NOCASE OR target = ?1 OR substr(target, instr(target, ':') + 1) = ?1))",
                [&which],
            )?;
            connection.execute(UNCONFIRM, [&which])?;
            let named = targets::select(connection, NAMED, &[&which])?;
            let taken_out = targets::update_all(connection, &named, &Event::TakenOut, now)?;
            Ok(files + taken_out + targets::update_all(connection, &named, &Event::Accepted, now)?)
        })
        .await
    }

    /// Makes blocked and waiting targets due at once: those whose id or label is in `which`, or all. Says how many.
    pub async fn retry(&self, which: Option<Vec<String>>, now: Timestamp) -> Result<usize, LedgerError> {
        self.ask(move |connection| {
            let stuck = match which {
                None => targets::select(connection, "state IN ('blocked', 'waiting')", &[])?,
                Some(names) => {
                    let mut stuck = Vec::new();
                    for name in &names {
                        stuck.extend(targets::select(connection, NAMED, &[name])?);
                    }
                    stuck.sort();
                    stuck.dedup();
                    stuck
                }
            };
            targets::update_all(connection, &stuck, &Event::Retried, now)
        })
        .await
    }
}

/// What goes again because a person says so is asked about first.
const UNCONFIRM: &str = "UPDATE files SET bound_at = NULL WHERE path IN (SELECT path FROM targets WHERE kept_reason IS NOT NULL
    AND (target = ?1 OR label = ?1 COLLATE NOCASE OR path = ?1 OR substr(target, instr(target, ':') + 1) = ?1))";
