//! What a page shows: everything that is held by its reason, with the newest few of each; and the last passes.

use rusqlite::Row;

use super::error::LedgerError;
use super::held::{HeldRow, held_files, held_row, held_targets};
use super::literal::literal;
use super::readable::{all_readable, readable};
use super::reader::Reader;
use super::rows;
use crate::model::{Reason, Timestamp};

/// All that is held, blocked or waits for one reason.
#[derive(Clone, Debug)]
pub(crate) struct HeldGroup {
    /// Why.
    pub reason: Reason,
    /// Whether it is tried again by itself at a known time.
    pub waits: bool,
    /// How many files or targets.
    pub count: u32,
    /// Since when the first of them.
    pub since: Timestamp,
    /// When the next of them is tried.
    pub until: Option<Timestamp>,
    /// The newest of them.
    pub newest: Vec<HeldRow>,
}

/// A pass in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PassLine {
    /// Its number.
    pub pass: i64,
    /// What set it off.
    pub cause: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it runs, or if it was cut off.
    pub ended_at: Option<Timestamp>,
    /// Files seen.
    pub scanned: Option<u32>,
    /// Files that no rule claims.
    pub unmatched: Option<u32>,
    /// Targets that were due when it ended.
    pub due: Option<u32>,
    /// Targets that needed a person then.
    pub blocked: Option<u32>,
    /// Which brake halted it.
    pub halted: Option<String>,
    /// Why it ended early.
    pub stopped: Option<String>,
}

impl Reader {
    /// All that is held, blocked or waits, by reason: what needs a person first, then what many have. Of each `most` rows,
    /// the newest. Different cures of a missing permission are groups of their own.
    pub(crate) fn held_groups(&self, most: u32) -> Result<Vec<HeldGroup>, LedgerError> {
        let mut groups: Vec<HeldGroup> = Vec::new();
        let cure = format!("iif(reason = {}, cure, NULL)", literal(Reason::NotPermitted.as_str()));
        let mut statement = self.0.prepare(&format!(
            "SELECT *, iif(waits, next, NULL) FROM (
                SELECT *, until IS NOT NULL AS waits, count(*) OVER alike AS many, min(since) OVER alike AS oldest,
                    min(until) OVER alike AS next,
                    row_number() OVER (PARTITION BY until IS NULL, reason, {cure}
                        ORDER BY since DESC, target, path) AS place
                FROM ({files} UNION ALL {targets})
                WINDOW alike AS (PARTITION BY until IS NULL, reason, {cure}))
            WHERE place <= ?1 ORDER BY waits, many DESC, reason, {cure}, place",
            files = held_files(),
            targets = held_targets(),
        ))?;
        let mut found = statement.query([most])?;
        // Whether the group of the rows to come has begun: its first row may be one that can't be read.
        let mut begun = false;
        while let Some(row) = found.next()? {
            begun &= row.get::<_, u32>("place")? != 1;
            let Some(held) = readable(held_row(row))? else { continue };
            if !begun {
                begun = true;
                groups.push(HeldGroup {
                    reason: held.problem.reason,
                    waits: row.get("waits")?,
                    count: row.get("many")?,
                    since: rows::optional_time(row, "oldest")?.unwrap_or_default(),
                    until: rows::optional_time(row, "next")?,
                    newest: Vec::new(),
                });
            }
            if let Some(group) = groups.last_mut() {
                group.newest.push(held);
            }
        }
        Ok(groups)
    }

    /// The last passes in short, newest first. A summary may list thousands of problems; they are not read.
    pub(crate) fn last_passes(&self, most: u32) -> Result<Vec<PassLine>, LedgerError> {
        let mut statement = self.0.prepare_cached(
            "SELECT pass, cause, started_at, ended_at, summary ->> '$.scanned' AS scanned, summary ->> '$.unmatched' AS unmatched,
                    summary ->> '$.due' AS due, summary ->> '$.blocked' AS blocked,
                    summary ->> '$.halted.guard' AS halted, summary ->> '$.stopped' AS stopped
                FROM (SELECT pass, cause, started_at, ended_at, iif(json_valid(summary), summary, NULL) AS summary
                    FROM passes) ORDER BY pass DESC LIMIT ?1",
        )?;
        Ok(all_readable(&mut statement.query([most])?, pass_line)?)
    }
}

fn pass_line(row: &Row<'_>) -> rusqlite::Result<PassLine> {
    Ok(PassLine {
        pass: row.get("pass")?,
        cause: row.get("cause")?,
        started_at: rows::time(row, "started_at")?,
        ended_at: rows::optional_time(row, "ended_at")?,
        scanned: row.get("scanned")?,
        unmatched: row.get("unmatched")?,
        due: row.get("due")?,
        blocked: row.get("blocked")?,
        halted: row.get("halted")?,
        stopped: row.get("stopped")?,
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};

    use super::*;
    use crate::ledger::{Identity, Ledger};

    /// A ledger with these statements run on it, to be read.
    fn reader(fill: impl FnOnce(&Connection)) -> (tempfile::TempDir, Reader) {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("ledger.db");
        let identity = Identity { cloud: "global".into(), tenant: "t".into() };
        drop(Ledger::open(&path, &identity, Timestamp::default()).unwrap());
        fill(&Connection::open(&path).unwrap());
        let reader = Reader::open(&path).unwrap();
        (state, reader)
    }

    #[test]
    fn held_things_are_grouped_and_only_the_newest_are_read() {
        let (_state, reader) = reader(|ledger| {
            let target = |id: u32, state: &str, reason: &str, cure: &str| {
                ledger
                    .execute(
                        "INSERT INTO targets (target, label, path, generation, desired_at, state, since, due_at, reason, cure)
                            VALUES (?1, 'l', ?2, 1, 0, ?3, ?4, ?5, ?6, ?7)",
                        params![format!("user:{id}"), format!("{id}.jpg"), state, id, id + 1_000, reason, cure],
                    )
                    .unwrap();
            };
            (0..50).for_each(|id| target(id, "blocked", "photo_refused", &format!("cure {id}")));
            (50..53).for_each(|id| target(id, "blocked", "not_permitted", "grant one"));
            (53..55).for_each(|id| target(id, "blocked", "not_permitted", "grant another"));
            (60..64).for_each(|id| target(id, "waiting", "throttled", ""));
            target(70, "in_step", "throttled", "");
            for (path, reason) in [("a.jpg", "target_missing"), ("b.jpg", "unmatched"), ("0.jpg", "photo_corrupt")] {
                ledger
                    .execute(
                        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reason, held_since)
                            VALUES (?1, 1, 1, 1, 1, 1, 1, ?2, 7)",
                        params![path, reason],
                    )
                    .unwrap();
            }
        });
        let groups = reader.held_groups(3).unwrap();
        let told: Vec<_> = groups.iter().map(|group| (group.reason, group.waits, group.count, group.newest.len())).collect();
        // 0.jpg is held itself, so its target is not told a second time.
        let expected = [
            (Reason::PhotoRefused, false, 49, 3),
            (Reason::NotPermitted, false, 3, 3),
            (Reason::NotPermitted, false, 2, 2),
            (Reason::PhotoCorrupt, false, 1, 1),
            (Reason::TargetMissing, false, 1, 1),
            (Reason::Throttled, true, 4, 3),
        ];
        assert_eq!(told, expected);
        let newest: Vec<i64> = groups[0].newest.iter().map(|row| row.since.millis()).collect();
        assert_eq!((newest, groups[0].since.millis(), groups[0].until), (vec![49, 48, 47], 1, None));
        assert_eq!((groups[5].since.millis(), groups[5].until.map(Timestamp::millis)), (60, Some(1_060)));
        assert_eq!(reader.held().unwrap().len(), 60, "as many as are told one by one");
        assert_eq!(groups.iter().map(|group| group.count).sum::<u32>(), 60);
    }

    #[test]
    fn passes_are_told_newest_first_whole_or_cut_off() {
        let (_state, reader) = reader(|ledger| {
            ledger
                .execute_batch(
                    "INSERT INTO passes (pass, cause, started_at, ended_at, summary) VALUES
                        (1, 'start', 10, 20, '{\"scanned\": 5, \"unmatched\": 1, \"due\": 2, \"blocked\": 3, \"halted\": null}'),
                        (2, 'hint', 30, 40, '{\"scanned\": 0, \"halted\": {\"guard\": \"empty_source\"}, \"stopped\": \"signal\"}'),
                        (3, 'timer', 50, NULL, NULL)",
                )
                .unwrap();
        });
        let passes = reader.last_passes(2).unwrap();
        assert_eq!(passes.iter().map(|pass| pass.pass).collect::<Vec<_>>(), [3, 2]);
        assert_eq!((passes[0].ended_at, passes[0].scanned), (None, None));
        assert_eq!((passes[1].halted.as_deref(), passes[1].stopped.as_deref()), (Some("empty_source"), Some("signal")));
        let first = &reader.last_passes(9).unwrap()[2];
        assert_eq!(
            (first.scanned, first.unmatched, first.due, first.blocked, &first.halted),
            (Some(5), Some(1), Some(2), Some(3), &None)
        );
    }
}
