//! What the ledger remembers so that absence is never mistaken for a wish: photos whose files are gone, what the last
//! good pass saw, and the guard's no.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::aside::all_readable;
use super::commit::Absences;
use super::read::Reader;
use super::rows;
use super::writer::{Ledger, LedgerError};
use crate::model::{Gone, TargetId, Timestamp, Told};

/// Removals count against the limit for so long.
const LATELY: Duration = Duration::from_secs(24 * 60 * 60);
/// After a ledger was rebuilt nothing is removed for so long: what it does not know yet may have reasons.
const LOCKED: Duration = Duration::from_secs(24 * 60 * 60);

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

/// Names that what a pass saw is kept under.
pub(crate) mod fact {
    /// Identity of the source's root.
    pub(crate) const ROOT: &str = "seen_root";
    /// The device it was on.
    pub(crate) const ROOT_DEVICE: &str = "seen_root_device";
    /// Rows of the table.
    pub(crate) const TABLE_ROWS: &str = "seen_table_rows";
    /// Objects of a sweep; the kind follows.
    pub(crate) const SWEPT: &str = "seen_swept_";
}

impl Ledger {
    /// What earlier passes saw.
    pub(crate) async fn remembered(&self, now: Timestamp) -> Result<Remembered, LedgerError> {
        self.ask(move |connection| remembered(connection, now)).await
    }

    /// Keeps the guard's no, as JSON, until a pass is not halted.
    pub(crate) async fn keep_halt(&self, halt: Option<String>) -> Result<(), LedgerError> {
        self.ask(move |connection| keep(connection, "halt", halt)).await
    }

    /// Keeps what a pass told of its halts, for a person's yes to it.
    pub(crate) async fn keep_told(&self, told: &Told) -> Result<(), LedgerError> {
        let text = (*told != Told::default()).then(|| serde_json::to_string(told).unwrap_or_default());
        self.ask(move |connection| keep(connection, "told", text)).await
    }

    /// What the last pass told of its halts.
    pub(crate) async fn told(&self) -> Result<Told, LedgerError> {
        let text = self.ask(|connection| meta(connection, "told")).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }
}

/// Writes a value under its name, or takes it away.
fn keep(connection: &Connection, name: &str, value: Option<String>) -> rusqlite::Result<()> {
    match value {
        Some(value) => connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", [name, &value])?,
        None => connection.execute("DELETE FROM meta WHERE name = ?1", [name])?,
    };
    Ok(())
}

impl Reader {
    /// What earlier passes saw.
    pub(crate) fn remembered(&self, now: Timestamp) -> Result<Remembered, LedgerError> {
        remembered(&self.0, now).map_err(|error| LedgerError::from(&error))
    }

    /// The guard's no that stands, as JSON: that of the last pass, unless that was not halted.
    pub(crate) fn halt(&self) -> Result<Option<serde_json::Value>, LedgerError> {
        let text = meta(&self.0, "halt").map_err(|error| LedgerError::from(&error))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

fn meta(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional()
}

fn number(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    Ok(meta(connection, name)?.and_then(|text| text.parse().ok()))
}

pub(super) fn gone_row(row: &Row<'_>) -> rusqlite::Result<Gone> {
    Ok(Gone {
        target: rows::target(row, 0)?,
        label: row.get(1)?,
        path: rows::path(row, 2)?,
        since: rows::time(row, 3)?,
        root: row.get(4)?,
        under_way: row.get(5)?,
    })
}

fn remembered(connection: &Connection, now: Timestamp) -> rusqlite::Result<Remembered> {
    let mut statement = connection.prepare_cached(GONE)?;
    let gone = all_readable(&mut statement.query([])?, gone_row)?;
    let mut statement = connection.prepare_cached("SELECT name, value FROM meta WHERE name GLOB 'seen_*'")?;
    let facts = all_readable(&mut statement.query([])?, |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
    let rebuilt = number(connection, "rebuilt_at")?.map(|at| Timestamp::from_millis(at).plus(LOCKED));
    Ok(Remembered {
        gone,
        removed_lately: usize::try_from(lately(connection, now.millis())?).unwrap_or(usize::MAX),
        // Further ahead than the lock is long: the clock was set back since.
        locked_until: rebuilt.filter(|until| *until > now && *until <= now.plus(LOCKED)),
        facts,
    })
}

/// A group and its team share one photo: while a file speaks for either, it is not gone.
const GONE: &str = "SELECT gone.target, gone.label, gone.path, gone.since, gone.root, targets.state <> 'released'
    FROM gone JOIN targets ON targets.target = gone.target
    WHERE (targets.delivered_digest IS NOT NULL OR targets.unheard) AND targets.path IS NULL AND targets.reason IS NOT 'removal_not_possible'
        AND NOT EXISTS (SELECT 1 FROM targets AS twin WHERE twin.path IS NOT NULL AND twin.target = CASE
            WHEN gone.target GLOB 'group:*' THEN 'team:' || substr(gone.target, 7)
            WHEN gone.target GLOB 'team:*' THEN 'group:' || substr(gone.target, 6) END)
    ORDER BY gone.target";

/// Removals without force that count at this time. Those from a time to come were written by a clock that was set back
/// since; they count for as long.
fn lately(connection: &Connection, now: i64) -> rusqlite::Result<i64> {
    let mut sum = connection.prepare_cached("SELECT coalesce(sum(count), 0) FROM removals WHERE abs(at - ?1) < ?2")?;
    sum.query_row([now, millis(LATELY)], |row| row.get(0))
}

/// Counts removals that a pass added by itself.
pub(super) fn count_removals(connection: &Connection, added: usize, now: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM removals WHERE abs(at - ?1) >= ?2")?.execute([now, millis(LATELY)])?;
    let added = i64::try_from(added).unwrap_or(i64::MAX);
    connection.prepare_cached("INSERT INTO removals (at, count) VALUES (?1, ?2)")?.execute([now, added])?;
    Ok(())
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A ledger that takes the place of one that was lost or damaged.
pub(super) fn mark_rebuilt(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let mut write = connection.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('rebuilt_at', ?1)")?;
    write.execute([now.millis().to_string()])?;
    Ok(())
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
    let mut tidy = connection.prepare_cached(
        "DELETE FROM gone WHERE target NOT IN
            (SELECT target FROM targets WHERE targets.target = gone.target AND path IS NULL
                AND (delivered_digest IS NOT NULL OR unheard))",
    )?;
    tidy.execute([])?;
    Ok(())
}

/// Whether account is kept of this target as one whose file is gone.
pub(super) fn is_gone(connection: &Connection, target: &TargetId) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM gone WHERE target = ?1")?.exists([target.to_string()])
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
            assert_eq!(lately(&connection, hour(at)).unwrap(), counted, "hour {at}");
            if added > 0 {
                count_removals(&connection, added, hour(at)).unwrap();
            }
        }
        // The clock was set back by hours, and by years.
        assert_eq!(lately(&connection, hour(20)).unwrap(), 3);
        assert_eq!(lately(&connection, hour(-20_000)).unwrap(), 0);
    }
}
