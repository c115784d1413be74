//! Looks at the source: what stands still, what moved, and whom the moved files speak for.
//!
//! A file stands still if its stamps, its binding, its target and the settings are what they were, and the directory
//! confirmed the binding not long ago: such a file costs one stat and one row, and nobody plans for it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::Engine;
use super::ask::RESTING;
use super::mounts::Mounts;
use super::table::ReadTable;
use crate::ledger::{FileStamp, FileStamps};
use crate::mapping::{AccountRules, BoundTable, Scope, TableError};
use crate::model::{Advice, Digest, Fingerprint, Problem, Reason, SourcePath, Timestamp};
use crate::plan::{Claim, PlannedFile};
use crate::source::{FileError, RootId, ScanError, Seen, scan};

/// A file modified this shortly before it was read may change again without its stamps moving: SMB and FAT keep
/// times to 2 s. It is read once more at the next look.
const RACY: Duration = Duration::from_secs(2);

/// Files that may still be being written are left for the next look: they keep what is known of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quiet {
    /// Files touched within this span before the look are not read.
    pub span: Duration,
    /// Files that are known to be whole all the same.
    pub whole: BTreeSet<SourcePath>,
    /// Files that somebody writes to.
    pub growing: BTreeSet<SourcePath>,
}

impl Quiet {
    /// Whether the file may be half written.
    fn doubts(&self, seen: &Seen, now: Timestamp) -> bool {
        if seen.obstacle.is_some() || self.whole.contains(&seen.path) {
            return false;
        }
        if self.growing.contains(&seen.path) {
            return true;
        }
        self.is_touched(&seen.fingerprint, now)
    }

    /// Whether it was touched within the span.
    pub(super) fn is_touched(&self, stamps: &Fingerprint, now: Timestamp) -> bool {
        let touched = Timestamp::from_millis(stamps.mtime_ns.max(stamps.ctime_ns) / 1_000_000);
        // A share's clock may be ahead of ours, but a stamp from far ahead is none that time will catch up with.
        now.since(touched) < self.span && touched.since(now) < self.span
    }
}

/// What one look saw.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// Files to plan for, sorted by path. Their content is read later, where it isn't known.
    pub files: Vec<PlannedFile>,
    /// Files that stand still, sorted.
    pub still: Vec<SourcePath>,
    /// The oldest confirmation by the directory among those.
    pub(super) oldest: Option<Timestamp>,
    /// How many files were left for the next look, since they may be half written.
    pub unsettled: usize,
    /// Those of them that were never seen before.
    pub(super) unsettled_new: usize,
    /// Files that are gone, sorted; only a whole scan can tell.
    pub vanished: Vec<SourcePath>,
    /// What can't be listed as a file, and rows of the table that can't be used: where, and why.
    pub problems: Vec<(String, Problem)>,
    /// Whether the scan saw everything.
    pub complete: bool,
    /// Which directory the root of the source is.
    pub root: RootId,
    /// Files known from earlier passes, and how many of them are there.
    pub known: (usize, usize),
    /// The settings, as a hash, if they are not those of the ledger.
    pub new_settings: Option<String>,
    /// Whether the ledger's bindings were made when other accounts were held back: what they say must be asked anew.
    pub(super) new_accounts: bool,
    /// The table, if there is one.
    pub(super) table: Option<BoundTable>,
    /// Files known from earlier passes that the settings pass over from now on, sorted: there, perhaps, but not seen.
    pub(super) hidden: Vec<SourcePath>,
    /// The device of the root.
    pub(super) root_device: u64,
}

impl Looked {
    /// Takes a file that was known and is not seen.
    fn gone(&mut self, engine: &Engine, mounts: &mut Mounts, note: FileStamp) {
        if engine.source.ignore.takes_within(note.path.as_str()) {
            self.hidden.push(note.path.clone());
        } else {
            mounts.misses(&note);
        }
        self.vanished.push(note.path);
    }

    /// How many files there are.
    pub(crate) fn scanned(&self) -> usize {
        self.files.len() + self.still.len() + self.unsettled_new
    }
}

/// Why nothing can be looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookError {
    /// The source is not there.
    #[error(transparent)]
    Source(#[from] ScanError),
    /// The table can't be read.
    #[error("the table {} (mapping.table) can't be read", path.display())]
    TableUnreadable {
        /// The table.
        path: PathBuf,
        /// The cause.
        #[source]
        source: FileError,
    },
    /// The table is being written: what it does not say yet must not count as taken back.
    #[error("the table {} (mapping.table) is being written", path.display())]
    TableChanging {
        /// The table.
        path: PathBuf,
    },
    /// The table can't be used.
    #[error("the table {} (mapping.table) can't be used", path.display())]
    TableUnusable {
        /// The table.
        path: PathBuf,
        /// The cause.
        #[source]
        source: TableError,
    },
}

impl Advice for LookError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Source(_) => None,
            Self::TableUnreadable { source, .. } => source.hint(),
            Self::TableChanging { .. } => Some("it is read when it has been left alone for a moment".to_owned()),
            Self::TableUnusable { source, .. } => source.hint(),
        }
    }
}

/// Looks at the source. Blocks: meant for a thread that may.
pub(super) fn look(engine: &Engine, notes: FileStamps, scope: Option<&Scope>, quiet: &Quiet) -> Result<Looked, LookError> {
    let table = engine.read_table(quiet)?;
    let mut scan = scan(&engine.source)?;
    if let Some(own) = engine.table_below_source() {
        scan.files.retain(|seen| seen.path != own);
    }
    let settings = engine.settings_hash(table.as_ref().map(|read| read.digest), scope);
    let bind = |read: ReadTable| read.table.bind(scan.files.iter().map(|seen| &seen.path), scan.complete);
    let table = table.map(bind);
    let same_settings = notes.settings.as_ref() == Some(&settings);
    let accounts = engine.accounts_text();
    let same_accounts = notes.settings.as_ref().is_some_and(|settings| settings.ends_with(&accounts));
    let now = engine.clock.now();
    let mut looked = Looked {
        // At a first look every file is planned for; room for all of them is then taken once.
        files: Vec::with_capacity(scan.files.len().saturating_sub(notes.files.len())),
        problems: scan.problems,
        complete: scan.complete,
        root: scan.root,
        root_device: scan.root_device,
        new_settings: (!same_settings).then_some(settings),
        new_accounts: !same_accounts,
        ..Looked::default()
    };
    let all = notes.files.len();
    let not_in_step = notes.not_in_step;
    let mut mounts = Mounts::new(notes.root_device, scan.devices);
    let mut known = notes.files.into_iter().peekable();
    for seen in scan.files {
        while let Some(gone) = known.next_if(|note| note.path < seen.path) {
            looked.gone(engine, &mut mounts, gone);
        }
        let note = known.next_if(|note| note.path == seen.path);
        if let Some(note) = &note {
            mounts.has(note);
        }
        if note.as_ref().is_some_and(|note| same_settings && stands_still(note, &seen, now)) && !not_in_step.contains(&seen.path)
        {
            let bound_at = note.and_then(|note| note.bound_at);
            looked.oldest = looked.oldest.into_iter().chain(bound_at).min();
            looked.still.push(seen.path);
        } else if quiet.doubts(&seen, now) {
            looked.unsettled += 1;
            match note {
                Some(_) => looked.still.push(seen.path),
                None => looked.unsettled_new += 1,
            }
        } else {
            looked.files.push(engine.unread(table.as_ref(), seen));
        }
    }
    for gone in known {
        looked.gone(engine, &mut mounts, gone);
    }
    if let Some(lost) = mounts.lost() {
        looked.problems.extend(lost);
        looked.complete = false;
    }
    looked.known = (all, all - looked.vanished.len());
    if looked.unsettled > looked.unsettled_new {
        // Not every file was bound by them.
        looked.new_settings = None;
    }
    if !looked.complete {
        looked.vanished.clear();
    }
    if let Some(table) = &table {
        looked.problems.extend(engine.table_problems(table, looked.complete));
    }
    looked.table = table;
    Ok(looked)
}

fn stands_still(note: &FileStamp, seen: &Seen, now: Timestamp) -> bool {
    seen.obstacle.is_none()
        && unmoved(&note.fingerprint, note.read_at, &seen.fingerprint)
        && note.bound_at.is_some_and(|bound_at| bound_at <= now && now.since(bound_at) < RESTING)
}

/// Whether the content can't have changed since it was read.
pub(super) fn unmoved(before: &Fingerprint, read_at: Timestamp, now: &Fingerprint) -> bool {
    let touched = now.mtime_ns.max(now.ctime_ns);
    before == now && Timestamp::from_millis(touched / 1_000_000).plus(RACY) <= read_at
}

impl Engine {
    /// A file to plan for, before its content is known.
    fn unread(&self, table: Option<&BoundTable>, seen: Seen) -> PlannedFile {
        let claim = self.claim(table, &seen.path);
        // Stands for "not read yet" and is replaced before anybody sees it; there may be a hundred thousand of them.
        let unread = || Problem { reason: Reason::FileChanging, detail: String::new(), cure: String::new() };
        PlannedFile {
            path: seen.path,
            fingerprint: seen.fingerprint,
            content: Err(seen.obstacle.unwrap_or_else(|| Box::new(unread()))),
            claim,
            resolved: None,
        }
    }

    /// Whom a file speaks for, by the table or else by the rules.
    pub(super) fn claim(&self, table: Option<&BoundTable>, path: &SourcePath) -> Option<Result<Claim, Box<Problem>>> {
        let found = if let Some(found) = table.and_then(|table| table.find(path)) {
            found
        } else {
            let found = self.mapping.rules.find(path)?;
            table.and_then(BoundTable::bars_rules).map_or(found, Err)
        };
        Some(found.map(|found| Claim { rule: found.rule, reference: found.reference }).map_err(Box::new))
    }

    /// What decides whom files speak for and what is wanted for them, besides the files: if it changes, every file
    /// is planned for anew. Which accounts are held back stands at the end, readable.
    fn settings_hash(&self, table: Option<Digest>, scope: Option<&Scope>) -> String {
        let mut hasher = blake3::Hasher::new();
        let text = format!("{:?} {} {:?}", self.mapping.rules, self.recipe.id(), self.mapping.on_conflict);
        hasher.update(text.as_bytes());
        if let (Some(digest), Some(file)) = (table, &self.mapping.table) {
            hasher.update(digest.as_bytes());
            hasher.update(format!("{:?}", file.form).as_bytes());
        }
        hasher.update(scope.map(Scope::fingerprint).unwrap_or_default().as_bytes());
        format!("{}{}", hasher.finalize().to_hex(), self.accounts_text())
    }

    fn accounts_text(&self) -> String {
        let AccountRules { guests, disabled } = self.mapping.accounts;
        format!(" guests {guests:?}, disabled {disabled:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_read_within_two_seconds_of_its_change_is_read_once_more() {
        let seconds = |count: i64| Timestamp::from_millis(count * 1_000);
        let stamps = |modified: i64, changed: i64| Fingerprint {
            mtime_ns: modified * 1_000_000_000,
            ctime_ns: changed * 1_000_000_000,
            ..Fingerprint::default()
        };
        let racy = stamps(100, 100);
        assert!(!unmoved(&racy, seconds(101), &racy), "its stamps may stay while it changes");
        assert!(unmoved(&racy, seconds(102), &racy));
        assert!(!unmoved(&stamps(50, 101), seconds(102), &stamps(50, 101)), "by either stamp");
        assert!(!unmoved(&racy, seconds(200), &stamps(100, 150)), "another file");
    }
}
