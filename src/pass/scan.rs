//! Scans the source: what is unchanged, what moved, and whom the moved files are for.
//!
//! A file is unchanged if its stamps, its binding, its target and the settings are what they were, and the directory
//! confirmed the binding not long ago: such a file costs one stat and one row, and nobody plans for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::baseline::{Baseline, TableStamp};
use super::mounts::Mounts;
use super::scan_failure::ScanFailure;
use super::scanner::Scanner;
use super::settle_filter::SettleFilter;
use super::table_file::ReadTable;
use crate::ledger::{FileStamp, FileStamps};
use crate::lookup::RESTING;
use crate::mapping::{BoundTable, Scope};
use crate::model::{Fingerprint, Problem, SourcePath, Timestamp};
use crate::plan::Claim;
use crate::source::{RootId, Scan, ScannedFile, Unseen, scan};

/// A file modified this shortly before it was read may change again without its stamps moving: SMB and FAT keep
/// times to 2 s. It is read once more at the next scan.
const RACY: Duration = Duration::from_secs(2);

/// Links in the place of folders, and how many known files were below each.
type Behind = BTreeMap<String, usize>;

/// One file that is planned for, before its content is known.
#[derive(Clone, Debug)]
pub(crate) struct MatchedFile {
    /// Where it lies, and what its stat said.
    pub seen: ScannedFile,
    /// Whom it is for; none if no rule matches.
    pub claim: Option<Result<Claim, Box<Problem>>>,
}

/// What one scan saw.
#[derive(Debug, Default)]
pub(crate) struct ScanOutcome {
    /// Files to plan for, sorted by path. Their content is read later, where it isn't known.
    pub files: Vec<MatchedFile>,
    /// Files that are unchanged, sorted.
    pub unchanged: Vec<SourcePath>,
    /// The oldest confirmation by the directory among those.
    pub(super) oldest: Option<Timestamp>,
    /// How many files were left for the next scan, since they may be half written.
    pub unsettled: usize,
    /// Those of them that are known: they are counted as unchanged, and may speak for the same target as another file.
    pub(super) unsettled_known: Vec<SourcePath>,
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
    /// The settings, as a hash.
    pub(super) settings: String,
    /// Whether the ledger's bindings were made when other accounts were held back: what they say must be asked anew.
    pub(super) new_accounts: bool,
    /// The table, if there is one.
    pub(super) table: Option<Arc<BoundTable>>,
    /// What it was read from.
    pub(super) table_file: Option<TableStamp>,
    /// Files known from earlier passes that the settings pass over from now on, sorted: there, perhaps, but not seen.
    pub(super) hidden: Vec<SourcePath>,
    /// What could not be named or looked into.
    pub(super) unseen: Unseen,
    /// The device of the root.
    pub(super) root_device: u64,
    /// The look at everything that this one builds on, if it is one at a part.
    pub(super) baseline: Option<Arc<Baseline>>,
}

impl ScanOutcome {
    /// Takes a file that was known and is not seen.
    fn gone(&mut self, scanner: &Scanner, mounts: &mut Mounts, note: FileStamp, behind: &mut Behind) {
        if let Some(folder) = self.unseen.above(&note.path) {
            *behind.entry(folder.to_owned()).or_default() += 1;
            self.unchanged.push(note.path);
            return;
        }
        if scanner.source.ignore.matches_within(note.path.as_str()) {
            self.hidden.push(note.path.clone());
        } else {
            mounts.misses(&note);
        }
        self.vanished.push(note.path);
    }

    /// A link in the place of a folder is no file that matches no rule.
    fn tell_of_links(&mut self, behind: Behind) {
        for (folder, count) in behind {
            let at = self.files.binary_search_by(|file| file.seen.path.as_str().cmp(&folder)).ok();
            let Some(mut problem) = at.and_then(|at| self.files.remove(at).seen.problem) else { continue };
            let photos = if count == 1 { "1 known photo" } else { &format!("{count} known photos") };
            problem.detail = format!("{}, in the place of a folder with {photos}, which stay as they are", problem.detail);
            self.problems.push((folder, *problem));
        }
    }

    /// How many files there are; `planned`: those to plan for.
    pub(crate) fn scanned(&self, planned: usize) -> usize {
        planned + self.unchanged.len() + self.unsettled_new
    }
}

/// What lies there, before it is compared with what is known of it.
pub(super) struct Walked {
    table: Option<ReadTable>,
    scan: Scan,
}

impl Walked {
    /// Walks through the source. Blocks: meant for a thread that may.
    pub(super) fn through(scanner: &Scanner, filter: &SettleFilter) -> Result<Self, ScanFailure> {
        let table = scanner.read_table(filter)?;
        Ok(Self { table, scan: scan(&scanner.source)? })
    }
}

/// Compares what lies in the source with what is known of it.
pub(super) fn scan_source(
    scanner: &Scanner,
    Walked { table, mut scan }: Walked,
    notes: FileStamps,
    scope: Option<&Scope>,
    filter: &SettleFilter,
) -> ScanOutcome {
    // Nothing in the source is a default picture.
    scan.files.retain(|seen| !seen.path.is_default_picture());
    if let Some(own) = scanner.table_below_source() {
        scan.files.retain(|seen| seen.path != own);
    }
    let table_file = table.as_ref().map(|read| TableStamp { digest: read.digest, stamps: read.stamps, read_at: read.read_at });
    let settings = scanner.settings_hash(table_file.map(|file| file.digest), scope);
    let bind = |read: ReadTable| read.table.bind(scan.files.iter().map(|seen| &seen.path), scan.complete);
    let table = table.map(bind);
    let same_settings = notes.settings.as_ref() == Some(&settings);
    let accounts = scanner.accounts_text();
    let same_accounts = notes.settings.as_ref().is_some_and(|settings| settings.ends_with(&accounts));
    let now = scanner.clock.now();
    let mut outcome = ScanOutcome {
        // At a first scan every file is planned for; room for all of them is then taken once.
        files: Vec::with_capacity(scan.files.len().saturating_sub(notes.files.len())),
        problems: scan.problems,
        complete: scan.complete,
        root: scan.root,
        root_device: scan.root_device,
        unseen: scan.unseen,
        new_settings: (!same_settings).then(|| settings.clone()),
        settings,
        table_file,
        new_accounts: !same_accounts,
        ..ScanOutcome::default()
    };
    let all = notes.files.len();
    let not_in_step = notes.not_in_step;
    let mut mounts = Mounts::new(notes.root_device, scan.devices);
    let mut behind = Behind::new();
    let mut known = notes.files.into_iter().peekable();
    for seen in scan.files {
        while let Some(gone) = known.next_if(|note| note.path < seen.path) {
            outcome.gone(scanner, &mut mounts, gone, &mut behind);
        }
        let note = known.next_if(|note| note.path == seen.path);
        if let Some(note) = &note {
            mounts.has(note);
        }
        if note.as_ref().is_some_and(|note| same_settings && is_unchanged(note, &seen, now)) && !not_in_step.contains(&seen.path)
        {
            let bound_at = note.and_then(|note| note.bound_at);
            outcome.oldest = outcome.oldest.into_iter().chain(bound_at).min();
            outcome.unchanged.push(seen.path);
        } else if filter.holds_back(&seen, now) {
            outcome.unsettled += 1;
            match note {
                Some(_) => {
                    outcome.unsettled_known.push(seen.path.clone());
                    outcome.unchanged.push(seen.path);
                }
                None => outcome.unsettled_new += 1,
            }
        } else {
            let claim = scanner.claim(table.as_ref(), &seen.path);
            outcome.files.push(MatchedFile { seen, claim });
        }
    }
    for gone in known {
        outcome.gone(scanner, &mut mounts, gone, &mut behind);
    }
    outcome.tell_of_links(behind);
    if let Some(lost) = mounts.lost() {
        outcome.problems.extend(lost);
        outcome.complete = false;
    }
    outcome.known = (all, all - outcome.vanished.len());
    if outcome.unsettled > outcome.unsettled_new {
        // Not every file was bound by them.
        outcome.new_settings = None;
    }
    if !outcome.complete {
        outcome.vanished.clear();
    }
    if let Some(table) = &table {
        outcome.problems.extend(scanner.table_problems(table, outcome.complete));
    }
    outcome.table = table.map(Arc::new);
    outcome
}

pub(super) fn is_unchanged(note: &FileStamp, seen: &ScannedFile, now: Timestamp) -> bool {
    seen.problem.is_none()
        && unmoved(&note.fingerprint, note.read_at, &seen.fingerprint)
        && note.bound_at.is_some_and(|bound_at| bound_at <= now && now.since(bound_at) < RESTING)
}

/// Whether the content can't have changed since it was read.
pub(super) fn unmoved(before: &Fingerprint, read_at: Timestamp, now: &Fingerprint) -> bool {
    let touched = now.mtime_ns.max(now.ctime_ns);
    before == now && Timestamp::from_millis(touched / 1_000_000).plus(RACY) <= read_at
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
