//! What is due. The queue is a query over the targets.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Row, Statement, ToSql};

use super::error::LedgerError;
use super::files::BOUND_AT;
use super::literal::{literal, literals, not_in_step};
use super::readable::readable;
use super::reader::Reader;
use super::refused::is_of_kind;
use super::writer::Ledger;
use super::{rows, targets};
use crate::model::target_state::{Event, StateName};
use crate::model::{Digest, Generation, PhotoVersion, Problem, SourcePath, TargetId, TargetKind, Timestamp};

/// What is to be done at a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DueAction {
    /// This version.
    Upload {
        /// The file that speaks for the target.
        path: SourcePath,
        /// The version.
        version: PhotoVersion,
        /// Hash of the photo that Graph accepted last, if that was another version: one that comes out the same need
        /// not be sent.
        given: Option<Digest>,
    },
    /// No photo of ours any more.
    Remove {
        /// What Graph called our photo when it accepted it, where it said so.
        etag: Option<String>,
    },
    /// What was there before ours.
    Restore {
        /// Number of the backup.
        backup: i64,
        /// The file that keeps it and the hash of its bytes; none: there was no photo.
        kept: Option<(String, Digest)>,
        /// What Graph called our photo when it accepted it, where it said so.
        etag: Option<String>,
    },
}

impl DueAction {
    /// The file that speaks for the target.
    pub(crate) fn path(&self) -> Option<&SourcePath> {
        match self {
            Self::Upload { path, .. } => Some(path),
            Self::Remove { .. } | Self::Restore { .. } => None,
        }
    }
}

/// Whom the file that speaks for a target was bound by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    /// Key of the reference.
    pub key: String,
    /// When the directory last said that it means the target.
    pub confirmed_at: Option<Timestamp>,
    /// The rule that claims the file.
    pub rule: Option<String>,
}

/// A target that something is to be done about now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Which.
    pub target: TargetId,
    /// What.
    pub action: DueAction,
    /// The photo that Graph accepted from us, as far as we know: what Graph called it, where that is known. None if the
    /// tenant holds none of ours.
    #[expect(clippy::option_option, reason = "whether there is a photo of ours, and what Graph called it if that is known")]
    pub ours: Option<Option<String>>,
    /// The same of the photo that it accepted under the other name of the object, a team's group or a group's team.
    #[expect(clippy::option_option, reason = "the same")]
    pub by_other_name: Option<Option<String>>,
    /// What binds its file to it; none if the file is held, gone, or bound to another target.
    pub binding: Option<Binding>,
    /// Since when.
    pub desired_at: Timestamp,
    /// Of the wish; an outcome of an older one is not taken.
    pub generation: Generation,
    /// Failed tries of this version so far.
    pub attempts: u32,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// It is tried for all of its kind that are blocked for want of a permission.
    pub lacked_permission: bool,
}

impl Due {
    /// Whether this is what Graph called a photo of ours.
    pub(crate) fn is_ours(&self, etag: &str) -> bool {
        self.names().any(|name| name.is_some_and(|name| name == etag))
    }

    /// What it called photos of ours, one for each that there may be; none of one where that is not known.
    pub(crate) fn names(&self) -> impl Iterator<Item = Option<&str>> {
        [&self.ours, &self.by_other_name].into_iter().flatten().map(Option::as_deref)
    }
}

impl Reader {
    /// Up to `limit` targets to deliver now; none of `taken`, and only some, if so asked. The newest wish goes first, and
    /// every second place is for one whose wait or block has ended: a photo that fails often is to do so while others go,
    /// not after them. Kinds take turns among wishes of one time, so that a flood of one does not hide the others.
    /// No wait is longer than `longest`: one that ends later was set by a clock that has been put back.
    pub(crate) fn due(
        &self,
        now: Timestamp,
        longest: Duration,
        limit: usize,
        taken: &HashSet<TargetId>,
        only: Option<&HashSet<TargetId>>,
    ) -> Result<Vec<Due>, LedgerError> {
        let wanted = |target: &TargetId| !taken.contains(target) && only.is_none_or(|only| only.contains(target));
        let read = |statement: &mut Statement<'_>, by: &[&dyn ToSql]| -> rusqlite::Result<Vec<Due>> {
            let mut found = statement.query(by)?;
            let mut due = Vec::new();
            while due.len() < limit {
                let Some(row) = found.next()? else { break };
                due.extend(readable(read_due(row))?.flatten().filter(|next| wanted(&next.target)));
            }
            Ok(due)
        };
        let mut wishes = Vec::new();
        let mut statement = self.0.prepare_cached(&due())?;
        for kind in KINDS {
            wishes.push(read(&mut statement, &[&kind.as_str()])?.into());
        }
        let back = now.plus(longest).millis();
        let mut waits_over = Vec::new();
        for kind in KINDS {
            waits_over.extend(self.probe(kind, (now.millis(), back), taken, only)?);
        }
        waits_over.extend(read(&mut *self.0.prepare_cached(&waits())?, &[&now.millis(), &back])?);
        let mut due = alternate(take_turns(wishes, limit), waits_over, limit);
        for due in &mut due {
            due.by_other_name = self.ours_by_other_name(&due.target)?;
        }
        Ok(due)
    }

    /// When the next wait ends, after `now`, of some targets only, if so asked; none if nothing waits.
    pub(crate) fn next_due(&self, now: Timestamp, only: Option<&HashSet<TargetId>>) -> Result<Option<Timestamp>, LedgerError> {
        let mut statement = self.0.prepare_cached(&next())?;
        let mut found = statement.query([now.millis()])?;
        while let Some(row) = found.next()? {
            let Some(target) = readable(rows::target(row, "target"))? else { continue };
            if only.is_none_or(|only| only.contains(&target)) {
                return Ok(Some(rows::time(row, "due_at")?));
            }
        }
        Ok(None)
    }
}

impl Ledger {
    /// Takes back a try that counted, of wishes that still stand: it failed for all, in an outage. If that is over,
    /// `resumes` ends its wait.
    pub(crate) async fn forgive(
        &self,
        which: Vec<(TargetId, Generation)>,
        resumes: bool,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(move |connection| {
            for (target, generation) in &which {
                targets::update(connection, target, Event::Forgiven { generation: *generation, resumes }, now)?;
            }
            Ok(())
        })
        .await
    }

    /// Blocks whatever is due or waits for targets of this kind: the application may not write to any of them.
    pub(crate) async fn block_kind(&self, kind: TargetKind, problem: Problem, now: Timestamp) -> Result<(), LedgerError> {
        self.write(move |connection| {
            let open = literals([StateName::Due, StateName::Waiting].map(StateName::as_str));
            let open = targets::select(
                connection,
                &format!("{} AND kind = ?1 AND state IN ({open})", not_in_step()),
                &[&kind.as_str()],
            )?;
            targets::update_all(connection, &open, &Event::KindForbidden(problem), now).map(|_| ())
        })
        .await
    }
}

pub(super) fn read_due(row: &Row<'_>) -> rusqlite::Result<Option<Due>> {
    let etag: Option<String> = row.get(7)?;
    let action = match (rows::optional_path(row, 1)?, rows::version(row, 2, 3)?) {
        _ if row.get_ref(12)? != ValueRef::Null => {
            let kept = row.get::<_, Option<String>>(13)?.zip(rows::digest(row, 14)?);
            DueAction::Restore { backup: row.get(12)?, kept, etag: etag.clone() }
        }
        (Some(path), Some(version)) => {
            let delivered = rows::version(row, 9, 10)?;
            let given = rows::digest(row, 11)?.filter(|_| delivered.is_some_and(|delivered| delivered != version));
            DueAction::Upload { path, version, given }
        }
        (None, Some(_)) => return Ok(None),
        (_, None) => DueAction::Remove { etag: etag.clone() },
    };
    // A default picture goes over a default picture only, not over a photo of ours that was more.
    let is_ours = match &action {
        DueAction::Upload { version, .. } if version.is_default_picture() => {
            rows::version(row, 9, 10)?.is_some_and(|delivered| delivered.is_default_picture())
        }
        _ => row.get_ref(9)? != ValueRef::Null || etag.is_some(),
    };
    Ok(Some(Due {
        target: rows::target(row, 0)?,
        action,
        generation: Generation(row.get(4)?),
        attempts: row.get(5)?,
        failing_since: rows::optional_time(row, 6)?,
        lacked_permission: false,
        // A wish for what was delivered before last forgets the version, since nobody knows whether it is there; not the name.
        ours: is_ours.then_some(etag),
        by_other_name: None,
        desired_at: rows::time(row, 8)?,
        binding: match row.get(15)? {
            Some(key) => Some(Binding { key, confirmed_at: rows::optional_time(row, 16)?, rule: row.get(17)? }),
            None => None,
        },
    }))
}

/// One of each in turn, and what is left of the longer.
fn alternate(first: Vec<Due>, second: Vec<Due>, limit: usize) -> Vec<Due> {
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut due = Vec::new();
    while due.len() < limit {
        let before = due.len();
        due.extend(first.next());
        due.extend(second.next());
        if due.len() == before {
            break;
        }
    }
    due.truncate(limit);
    due
}

/// Newest wish first; kinds take turns among wishes of one time. Each of `kinds` is in order already.
fn take_turns(mut kinds: Vec<VecDeque<Due>>, limit: usize) -> Vec<Due> {
    let mut due = Vec::new();
    while due.len() < limit {
        let Some(newest) = kinds.iter().filter_map(|kind| kind.front()).map(|due| due.desired_at).max() else { break };
        for kind in &mut kinds {
            if kind.front().is_some_and(|due| due.desired_at == newest) {
                due.extend(kind.pop_front());
            }
        }
    }
    due.truncate(limit);
    due
}

/// The kinds in the order in which they take turns: few before many.
const KINDS: [TargetKind; 5] = [TargetKind::Me, TargetKind::Team, TargetKind::Group, TargetKind::User, TargetKind::Contact];

/// What may have a time at which it is due.
const WAITS: [StateName; 2] = [StateName::Waiting, StateName::Blocked];

/// What is due in the columns that [`read_due`] reads. A file that is held binds nobody.
fn columns() -> String {
    let of_file = "FROM files WHERE files.path = targets.path AND files.target = targets.target AND files.reason IS NULL";
    format!(
        "SELECT target, path, desired_digest, desired_recipe, generation, attempts, failing_since, delivered_etag, desired_at,
            delivered_digest, delivered_recipe, sent_digest, restore_from,
            (SELECT file FROM backups WHERE backup = restore_from),
            (SELECT digest FROM backups WHERE backup = restore_from),
            (SELECT reference {of_file}), (SELECT {BOUND_AT} {of_file}), (SELECT rule {of_file}) FROM targets"
    )
}

/// Of one kind, newest wish first.
fn due() -> String {
    format!("{} WHERE state = {} AND kind = ?1 ORDER BY desired_at DESC", columns(), literal(StateName::Due.as_str()))
}

/// Newest wish first: waits that are over, or would last longer than any that is made: then the clock was set back since. What is blocked for a
/// reason that time may mend waits for its next look; one is tried for a whole kind that lacks its permission.
fn waits() -> String {
    let (waiting, of_kind) = (literals(WAITS.map(StateName::as_str)), is_of_kind());
    format!(
        "{} WHERE state IN ({waiting}) AND (due_at <= ?1 OR due_at > ?2) AND NOT {of_kind} ORDER BY desired_at DESC, due_at",
        columns()
    )
}

/// Those that could be tried for their kind, the least tried one first.
pub(super) fn probes() -> String {
    let of_kind = is_of_kind();
    format!("{} WHERE {of_kind} AND kind = ?1 AND (due_at <= ?2 OR due_at > ?3) ORDER BY attempts, due_at", columns())
}

fn next() -> String {
    let waiting = literals(WAITS.map(StateName::as_str));
    format!("SELECT target, due_at FROM targets WHERE state IN ({waiting}) AND due_at > ?1 ORDER BY due_at")
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::ledger::Identity;
    use crate::ledger::held::held_targets;
    use crate::ledger::migrate::migrate;

    #[test]
    fn what_is_asked_all_the_time_reads_no_more_than_is_not_in_step() {
        let mut ledger = rusqlite::Connection::open_in_memory().unwrap();
        migrate(&mut ledger, 0).unwrap();
        for (sql, index) in [
            (due(), "targets_due"),
            (waits(), "targets_by_time"),
            (next(), "targets_by_time"),
            (probes(), "targets_not_permitted"),
            (held_targets(), "targets_not_in_step"),
        ] {
            let mut statement = ledger.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values = [1, 2, 3].map(|value| value.to_string());
            let values = rusqlite::params_from_iter(&values[..statement.parameter_count()]);
            let steps = statement.query_map(values, |row| row.get::<_, String>(3)).unwrap();
            let steps: Vec<String> = steps.map(Result::unwrap).collect();
            let of_targets = |step: &&String| step.starts_with("SCAN targets") || step.starts_with("SEARCH targets");
            let reads: Vec<&String> = steps.iter().filter(of_targets).collect();
            assert!(!reads.is_empty() && reads.iter().all(|step| step.contains(index)), "{sql}: {steps:?}");
        }
    }

    #[tokio::test]
    async fn a_claim_compiles_nothing_anew() {
        let place = tempfile::tempdir().unwrap();
        let identity = Identity { cloud: "global".into(), tenant: "t".into() };
        let now = Timestamp::from_millis(0);
        let ledger = Ledger::open(&place.path().join("ledger"), &identity, now).unwrap();
        let compiled = move |reader: &Reader| {
            for _ in 0..3 {
                reader.due(now, Duration::from_secs(60), 10, &HashSet::new(), None)?;
            }
            let again = |sql: String| reader.0.prepare_cached(&sql).unwrap().get_status(StatementStatus::RePrepare);
            Ok([due(), waits(), probes()].map(again))
        };
        assert_eq!(ledger.read(compiled).await.unwrap(), [0, 0, 0]);
    }
}
