//! Targets that are blocked for want of a permission. One of them is tried for all of its kind; what comes of it says when
//! the others are.
//!
//! A kind of which something was delivered since is permitted: what is blocked all the same are single targets that Graph
//! protects, and each has its own times.

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::LedgerError;
use super::meta::{keep, meta};
use super::queue::{self, Due};
use super::readable::readable;
use super::reader::Reader;
use super::refused::{AFTER, PERMITTED_AT, is_of_kind, is_refused};
use super::targets;
use crate::model::target_state::Event;
use crate::model::{Outcome, Reason, TargetId, TargetKind, Timestamp};

/// Between two tries for a kind: an hour less an eighth, since a pass or a tick may come late.
const EVERY: Duration = Duration::from_secs(52 * 60 + 30);
/// The time of a kind's last success is kept anew after so many milliseconds: half of [`AFTER`].
const KEPT_ANEW: u64 = AFTER as u64 / 2;
/// What was refused this shortly before another of the kind was delivered is no matter of the kind.
const BESIDE: Duration = Duration::from_secs(60);

impl Reader {
    /// Whether anything is blocked or held for want of a permission.
    pub(crate) fn lacks_permission(&self) -> Result<bool, LedgerError> {
        let refused = is_refused();
        let sql =
            format!("SELECT EXISTS (SELECT 1 FROM targets WHERE {refused}) OR EXISTS (SELECT 1 FROM files WHERE reason = ?1)");
        Ok(self.0.prepare_cached(&sql)?.query_one([Reason::NotPermitted.as_str()], |row| row.get(0))?)
    }

    /// The one target that is tried now for all of its kind, if it is time and none is under way: the one that was tried
    /// least.
    pub(super) fn probe(
        &self,
        kind: TargetKind,
        (now, back): (i64, i64),
        taken: &HashSet<TargetId>,
        only: Option<&HashSet<TargetId>>,
    ) -> rusqlite::Result<Option<Due>> {
        let mut statement = self.0.prepare_cached(&queue::probes())?;
        let mut found = statement.query(params![kind.as_str(), now, back])?;
        while let Some(row) = found.next()? {
            let Some(probe) = readable(queue::read_due(row))?.flatten() else { continue };
            if only.is_some_and(|only| !only.contains(&probe.target)) {
                continue;
            }
            return Ok((!self.is_probed(kind, taken)?).then_some(Due { lacked_permission: true, ..probe }));
        }
        Ok(None)
    }

    fn is_probed(&self, kind: TargetKind, taken: &HashSet<TargetId>) -> rusqlite::Result<bool> {
        let mut statement = self.0.prepare_cached(&format!("SELECT 1 FROM targets WHERE target = ?1 AND {}", is_of_kind()))?;
        for target in taken.iter().filter(|target| target.kind() == kind) {
            if statement.exists([target.to_string()])? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What came of a try means something for the others of its kind.
pub(super) fn spread(connection: &Connection, due: &Due, outcome: &Outcome, now: Timestamp) -> rusqlite::Result<()> {
    let kind = due.target.kind();
    match outcome {
        Outcome::Delivered { .. } | Outcome::Removed => permitted(connection, kind, now),
        Outcome::Blocked { problem } if due.lacked_permission && problem.reason == Reason::NotPermitted => {
            look_at(connection, kind, now.plus(EVERY), now)
        }
        // Nobody could be asked: that was this look.
        Outcome::Wait { until, .. } if due.lacked_permission => look_at(connection, kind, *until, now),
        _ => Ok(()),
    }
}

/// The kind is permitted: what was blocked with it is tried at once.
fn permitted(connection: &Connection, kind: TargetKind, now: Timestamp) -> rusqlite::Result<()> {
    let refused = is_refused();
    let newest: Option<i64> = connection
        .prepare_cached(&format!("SELECT max(since) FROM targets WHERE {refused} AND kind = ?1"))?
        .query_row([kind.as_str()], |row| row.get(0))
        .optional()?
        .flatten();
    let name = format!("{PERMITTED_AT}{kind}");
    let before = meta(connection, &name)?.and_then(|at| at.parse().ok()).unwrap_or(-1);
    let released = if newest.is_some_and(|newest| newest > before) {
        let beside = now.millis().saturating_sub(i64::try_from(BESIDE.as_millis()).unwrap_or(i64::MAX));
        let released = format!("{} AND kind = ?1 AND since <= ?2", is_of_kind());
        targets::select(connection, &released, &[&kind.as_str(), &beside])?
    } else if now.millis().abs_diff(before) >= KEPT_ANEW {
        // What will be refused shortly after is no matter of the kind.
        Vec::new()
    } else {
        return Ok(());
    };
    keep(connection, &name, Some(&now.millis().to_string()))?;
    targets::update_all(connection, &released, &Event::LookAt(now), now).map(|_| ())
}

fn look_at(connection: &Connection, kind: TargetKind, at: Timestamp, now: Timestamp) -> rusqlite::Result<()> {
    let which = targets::select(connection, &format!("{} AND kind = ?1", is_of_kind()), &[&kind.as_str()])?;
    targets::update_all(connection, &which, &Event::LookAt(at), now).map(|_| ())
}
