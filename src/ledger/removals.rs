//! What the ledger remembers so that absence is never mistaken for a wish: photos whose files are gone, what the last
//! good pass saw, and the guard's no.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use rusqlite::{Connection, Row, params};

use super::clocks;
use super::error::LedgerError;
use super::meta::{REBUILT_AT, keep};
use super::readable::all_readable;
use super::reader::Reader;
use super::rows;
use crate::model::target_state::StateName;
use crate::model::{Fate, Gone, Reason, TargetId, Timestamp};

/// Removals count against the limit for so long.
const RECENT: Duration = Duration::from_secs(24 * 60 * 60);
/// After a ledger was rebuilt nothing is removed for so long: what it does not know yet may have reasons.
const LOCKED: Duration = Duration::from_secs(24 * 60 * 60);

/// What changes in the account that is kept of photos whose files are gone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Absences {
    /// No longer gone.
    pub back: Vec<TargetId>,
    /// To be remembered as gone.
    pub seen: Vec<Gone>,
}

/// What earlier passes saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered {
    /// Photos whose files are gone.
    pub gone: Vec<Gone>,
    /// Photos removed without force in the last 24 hours.
    pub removed_lately: usize,
    /// Until when nothing is removed because its file is gone, since the ledger was begun anew.
    pub locked_until: Option<Timestamp>,
    /// What the last good pass saw of the world, by name.
    pub facts: BTreeMap<String, String>,
}

impl Reader {
    /// What earlier passes saw.
    pub(crate) fn remembered(&self, now: Timestamp) -> Result<Remembered, LedgerError> {
        let mut statement = self.0.prepare_cached(GONE)?;
        // Whose name has moved on is nobody else's for that.
        let by = [Reason::RemovalNotPossible.as_str(), StateName::Released.as_str(), Reason::IdentityChanged.as_str()];
        let mut gone = all_readable(&mut statement.query(by)?, gone_row)?;
        let jumped_at = clocks::jumped_at(&self.0)?;
        if let Some(jumped_at) = jumped_at {
            // Nobody knows how long they were gone by then.
            for gone in &mut gone {
                gone.since = if gone.since > now { jumped_at } else { gone.since.max(jumped_at) };
            }
        }
        // A group and its team share one photo: while a file identifies either, it is not gone.
        let mut identified = self.0.prepare_cached("SELECT 1 FROM targets WHERE target = ?1 AND path IS NOT NULL")?;
        let mut shared = HashSet::new();
        for twin in gone.iter().filter_map(|gone| gone.target.twin()) {
            if identified.exists([twin.to_string()])? {
                shared.extend(twin.twin());
            }
        }
        gone.retain(|gone| !shared.contains(&gone.target));
        let mut statement = self.0.prepare_cached("SELECT name, value FROM meta WHERE name GLOB 'seen_*'")?;
        let facts = all_readable(&mut statement.query([])?, |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
        let rebuilt_at = self.meta(REBUILT_AT)?.and_then(|text| text.parse().ok()).map(Timestamp::from_millis);
        let rebuilt = rebuilt_at.map(|at| jumped_at.map_or(at, |jump| at.max(jump)).plus(LOCKED));
        Ok(Remembered {
            gone,
            removed_lately: usize::try_from(recent_removals(&self.0, now.millis())?).unwrap_or(usize::MAX),
            // Further ahead than the lock is long: the clock was set back since.
            locked_until: rebuilt.filter(|until| *until > now && *until <= now.plus(LOCKED)),
            facts,
        })
    }
}

pub(super) fn gone_row(row: &Row<'_>) -> rusqlite::Result<Gone> {
    Ok(Gone {
        target: rows::target(row, 0)?,
        label: row.get(1)?,
        path: rows::path(row, 2)?,
        since: rows::time(row, 3)?,
        root: row.get(4)?,
        under_way: row.get(5)?,
        digest: rows::digest(row, 6)?,
        fate: match (row.get(7)?, row.get(8)?) {
            (true, _) => Fate::ForAnother,
            (false, true) => Fate::Elsewhere,
            (false, false) => Fate::Gone,
        },
    })
}

/// Photos of ours whose files are gone, unless it is known already that they can't be removed (`?1`).
const GONE: &str = "SELECT gone.target, gone.label, gone.path, gone.since, gone.root, targets.state <> ?2, targets.delivered_digest,
        EXISTS (SELECT 1 FROM files WHERE files.path = gone.path AND files.target <> gone.target AND files.reason IS NOT ?3),
        targets.delivered_digest IS NOT NULL AND targets.delivered_digest IN
            (SELECT digest FROM files WHERE reason IS NOT NULL AND target IS NULL AND digest IS NOT NULL)
    FROM gone JOIN targets ON targets.target = gone.target
    WHERE (targets.delivered_digest IS NOT NULL OR targets.upload_unconfirmed) AND targets.path IS NULL AND targets.reason IS NOT ?1
    ORDER BY gone.target";

/// Removals without force that count at this time. Those from a time to come were written by a clock that was set back
/// since; they count for as long.
fn recent_removals(connection: &Connection, now: i64) -> rusqlite::Result<i64> {
    let mut sum = connection.prepare_cached("SELECT coalesce(sum(count), 0) FROM removals WHERE abs(at - ?1) < ?2")?;
    sum.query_row([now, millis(RECENT)], |row| row.get(0))
}

/// Counts removals that a pass added by itself.
pub(super) fn count_removals(connection: &Connection, added: usize, now: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM removals WHERE abs(at - ?1) >= ?2")?.execute([now, millis(RECENT)])?;
    let added = i64::try_from(added).unwrap_or(i64::MAX);
    connection.prepare_cached("INSERT INTO removals (at, count) VALUES (?1, ?2)")?.execute([now, added])?;
    Ok(())
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A ledger that takes the place of one that was lost or damaged.
pub(super) fn mark_rebuilt(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    keep(connection, REBUILT_AT, Some(&now.millis().to_string()))
}

/// Keeps account of photos whose files are gone; none: what is kept is forgotten. Comes after what happens to targets.
pub(super) fn write(connection: &Connection, absences: Option<&Absences>) -> rusqlite::Result<()> {
    let Some(Absences { back, seen }) = absences else {
        return connection.execute("DELETE FROM gone", []).map(|_| ());
    };
    let mut forget = connection.prepare_cached("DELETE FROM gone WHERE target = ?1")?;
    for target in back {
        forget.execute([target.to_string()])?;
    }
    let mut see = connection.prepare_cached(
        "INSERT INTO gone (target, label, path, since, root) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (target) DO UPDATE SET path = ?3, since = ?4, root = ?5",
    )?;
    for Gone { target, label, path, since, root, .. } in seen {
        see.execute(params![target.to_string(), label, path.as_str(), since.millis(), root])?;
    }
    // What another file identifies by now, or nothing of ours is known of, is gone no more.
    let mut prune = connection.prepare_cached(
        "DELETE FROM gone WHERE target NOT IN
            (SELECT target FROM targets WHERE targets.target = gone.target AND path IS NULL
                AND (delivered_digest IS NOT NULL OR upload_unconfirmed))",
    )?;
    prune.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removals_count_for_a_day_each_from_its_own_time() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema-1.sql")).unwrap();
        connection.execute_batch(include_str!("schema-2.sql")).unwrap();
        let hour = |hour: i64| 1_700_000_000_000 + hour * 3_600_000;
        for (at, counted, added) in [(0, 0, 2), (23, 2, 2), (24, 2, 1), (46, 3, 0), (47, 1, 0), (48, 0, 0)] {
            assert_eq!(recent_removals(&connection, hour(at)).unwrap(), counted, "hour {at}");
            if added > 0 {
                count_removals(&connection, added, hour(at)).unwrap();
            }
        }
        // The clock was set back by hours, and by years.
        assert_eq!(recent_removals(&connection, hour(20)).unwrap(), 3);
        assert_eq!(recent_removals(&connection, hour(-20_000)).unwrap(), 0);
    }
}
