//! What the guard is told beside the plan, and what a good pass remembers for the next one.

use super::scan::ScanOutcome;
use crate::ledger::{Remembered, fact};
use crate::model::{KnownFile, LedgerView, Problem, Reason, SourcePath, TargetId, TargetKind};
use crate::plan::{Claims, Decision, Facts, Plan, PlanEntry, PlannedFile};

/// What a pass saw, beside files.
#[derive(Debug, Default)]
pub(super) struct Observations {
    /// Objects that sweeps found, by collection.
    pub(super) swept: Vec<(TargetKind, usize)>,
}

impl Observations {
    /// What the guard is told.
    pub(super) fn facts(
        &self,
        scan: &ScanOutcome,
        files: &[PlannedFile],
        view: &LedgerView,
        plan: &Plan,
        remembered: &Remembered,
        delivered: usize,
    ) -> Facts {
        if let Some(baseline) = &scan.baseline {
            let matched = baseline.sums.matched;
            return Facts {
                scanned: baseline.sums.scanned,
                delivered,
                known: scan.known,
                asked: asked(files, view, plan),
                claims: Claims { before: matched, now: matched, ..Claims::default() },
                ..Facts::default()
            };
        }
        let number = |name: &str| remembered.facts.get(name).and_then(|text| text.parse().ok());
        let root = scan.root.to_string();
        let before = remembered.facts.get(fact::ROOT).filter(|before| **before != root);
        let table = scan.table.as_ref().map_or(0, |bound| bound.table().len());
        Facts {
            // Default pictures are no files of the source.
            scanned: scan.scanned(files.iter().filter(|file| !file.path.is_default_picture()).count()),
            unreadable: unreadable(scan),
            delivered,
            removed_lately: remembered.removed_lately,
            known: scan.known,
            other_root: before.map(|before| (before.clone(), root)),
            // A table that is no longer configured is no shrunk one.
            table: scan.table.is_some().then(|| (number(fact::TABLE_ROWS), table)),
            swept: self
                .swept
                .iter()
                .filter_map(|(kind, count)| {
                    let what = if *kind == TargetKind::User { "users" } else { "groups" };
                    Some((what, number(&swept_name(*kind))?, *count))
                })
                .collect(),
            asked: asked(files, view, plan),
            claims: claims(scan, files, view, plan),
        }
    }

    /// What of it the ledger does not say yet.
    pub(super) fn new_facts(&self, scan: &ScanOutcome, remembered: &Remembered) -> Vec<(String, String)> {
        let mut seen = Vec::new();
        if scan.baseline.is_some() {
            return seen;
        }
        if scan.complete {
            seen.push((fact::ROOT.to_owned(), scan.root.to_string()));
            seen.push((fact::ROOT_DEVICE.to_owned(), scan.root_device.to_string()));
        }
        if let Some(table) = &scan.table {
            seen.push((fact::TABLE_ROWS.to_owned(), table.table().len().to_string()));
        }
        seen.extend(self.swept.iter().map(|(kind, count)| (swept_name(*kind), count.to_string())));
        seen.retain(|(name, value)| remembered.facts.get(name) != Some(value));
        seen
    }
}

/// The first folder of a look that did not see everything, with its reason, and how many there are.
fn unreadable(scan: &ScanOutcome) -> Option<(String, usize)> {
    let unread = |(_, problem): &&(String, Problem)| !scan.complete && problem.reason == Reason::FileUnreadable;
    let mut found = scan.problems.iter().filter(unread);
    let (path, problem) = found.next()?;
    Some((format!("{path} {}", problem.detail), 1 + found.count()))
}

fn swept_name(kind: TargetKind) -> String {
    format!("{}{kind}", fact::SWEPT)
}

/// Files whose target was known and that the directory was asked about again, and how many of them it knows no more.
fn asked(files: &[PlannedFile], view: &LedgerView, plan: &Plan) -> (usize, usize) {
    let was_known = |known: &KnownFile| {
        known.target.is_some() && known.held.as_ref().is_none_or(|held| held.0.reason != Reason::TargetMissing)
    };
    let (mut asked, mut lost) = (0, 0);
    for entry in plan.entries.iter().filter(|entry| files[entry.file].confirmed) {
        let file = &files[entry.file];
        if file.path.is_default_picture() {
            continue;
        }
        let Ok(at) = view.files.binary_search_by(|known| known.path.cmp(&file.path)) else { continue };
        let known = &view.files[at];
        let key = file.claim.as_ref().and_then(|claim| claim.as_ref().ok()).map(|claim| claim.reference.key());
        if !was_known(known) || known.reference.as_deref() != key.as_deref() {
            continue;
        }
        asked += 1;
        lost += usize::from(matches!(&entry.decision, Decision::Held(None, problem) if problem.reason == Reason::TargetMissing));
    }
    (asked, lost)
}

/// What the rules and the table claim, against what they claimed when the same files were looked at last.
fn claims(scan: &ScanOutcome, files: &[PlannedFile], view: &LedgerView, plan: &Plan) -> Claims {
    let was_claimed =
        |known: &KnownFile| known.held.as_ref().map_or(known.reference.is_some(), |held| held.0.reason != Reason::Unmatched);
    let unchanged = scan.unchanged.len();
    // Whom default pictures are for, no rule says.
    let known = || view.files.iter().filter(|known| !known.path.is_default_picture());
    let before = known().filter(|known| was_claimed(known)).count();
    let of_source = || files.iter().filter(|file| !file.path.is_default_picture());
    let now = of_source().filter(|file| file.claim.is_some()).count();
    // A file that the settings hide from now on is there all the same.
    let hidden = |known: &&KnownFile| scan.hidden.binary_search(&known.path).is_ok();
    let hidden = view.files.iter().filter(hidden).filter(|known| was_claimed(known)).count();
    let unmatched_now = of_source().count() - now + hidden;
    let unmatched_before = known().count() - before;
    let led_elsewhere = plan.entries.iter().filter_map(|entry| led_elsewhere(files, view, entry)).collect();
    Claims {
        before: unchanged + before,
        now: unchanged + now,
        more_unmatched: unmatched_now.saturating_sub(unmatched_before),
        led_elsewhere,
    }
}

/// A file that was bound to another target by another reference, and the target that it leads to now.
fn led_elsewhere(files: &[PlannedFile], view: &LedgerView, entry: &PlanEntry) -> Option<(SourcePath, TargetId)> {
    let target = entry.decision.serves()?;
    let file = &files[entry.file];
    let at = view.files.binary_search_by(|known| known.path.cmp(&file.path)).ok()?;
    let known = &view.files[at];
    let key = file.claim.as_ref()?.as_ref().ok()?.reference.key();
    let moved = known.target.as_ref()? != target && known.reference.as_deref() != Some(key.as_str());
    moved.then(|| (file.path.clone(), target.clone()))
}
