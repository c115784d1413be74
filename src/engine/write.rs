//! Turns a plan into what changes in the ledger: only rows that differ are written.

use std::sync::Arc;

use super::Proposal;
use crate::ledger::{Commit, FileRow, Keep, Wish};
use crate::model::{DeliveryState, PhotoVersion, Problem, Reason, RecipeId, TargetId, Timestamp};
use crate::plan::{Claim, Decision, Hold, KnownFile, PlannedFile};

/// What a plan changes in the ledger. The rows are made while they are written: a hundred thousand of them beside
/// the plan that they come from would double what a pass takes.
pub(super) fn commit_of(proposal: Proposal, recipe: &RecipeId, forced: bool, now: Timestamp) -> Commit {
    let proposal = Arc::new(proposal);
    let entries = proposal.plan.entries.len();
    let in_step = (0..entries).filter_map(|at| in_step(&proposal, at, recipe)).collect();
    let (for_files, for_wishes) = (Arc::clone(&proposal), Arc::clone(&proposal));
    let Proposal { looked, plan, links, news, keeps_account, .. } = &*proposal;
    Commit {
        files: Box::new((0..entries).filter_map(move |at| file_change(&for_files, at, now))),
        wishes: Box::new((0..entries).filter_map(move |at| new_wish(&for_wishes, at))),
        in_step,
        settings: looked.new_settings.clone(),
        keeps: (0..entries).filter_map(|at| new_keep(&proposal, at)).collect(),
        removals: plan.removals.iter().map(|removal| removal.target.clone()).collect(),
        forced,
        departures: keeps_account.then(|| plan.departures.clone()),
        facts: news.clone(),
        links: links.clone(),
        gone: plan.vanished.clone(),
        holds: plan.holds.iter().filter(|hold| !stands(&proposal, hold)).cloned().collect(),
        releases: plan.releases.iter().map(|release| release.target.clone()).collect(),
    }
}

/// The row of a file, if it differs from the one there is.
fn file_change(proposal: &Proposal, at: usize, now: Timestamp) -> Option<FileRow> {
    let Proposal { looked, view, plan, traces, .. } = proposal;
    let entry = &plan.entries[at];
    let file = &looked.files[entry.file];
    let before = view.files.binary_search_by(|known| known.path.cmp(&file.path)).ok().map(|found| &view.files[found]);
    let row = file_row(file, traces[entry.file], &entry.decision, before, now);
    (before != Some(&row)).then_some(row)
}

/// What a decision newly wants for its target.
fn new_wish(proposal: &Proposal, at: usize) -> Option<Wish> {
    let entry = &proposal.plan.entries[at];
    let file = &proposal.looked.files[entry.file];
    let Decision::Deliver(target, version, _) = &entry.decision else { return None };
    let stands = proposal.view.targets.get(target).is_some_and(|known| {
        known.state == DeliveryState::Due && known.desired.as_ref() == Some(version) && known.path.as_ref() == Some(&file.path)
    });
    if stands { None } else { wish(file, target, version.clone()) }
}

/// A target whose own photo is kept from its file, where that does not stand in its row.
fn new_keep(proposal: &Proposal, at: usize) -> Option<Keep> {
    let entry = &proposal.plan.entries[at];
    let file = &proposal.looked.files[entry.file];
    let Decision::Stuck(target, version, _) = &entry.decision else { return None };
    let reason = proposal.view.targets.get(target)?.newly_kept(version, &file.path)?;
    let why = match reason {
        Reason::Restored => "put back by hand; kept until the file changes",
        _ => "the tenant shows another photo than the one we delivered; kept until the file changes",
    };
    let problem = Problem::new(reason, why);
    Some(Keep { wish: wish(file, target, version.clone())?, problem })
}

/// A target that turned out to hold what its file wants, and is not marked so.
fn in_step(proposal: &Proposal, at: usize, recipe: &RecipeId) -> Option<Wish> {
    let entry = &proposal.plan.entries[at];
    let file = &proposal.looked.files[entry.file];
    let (Decision::Unchanged(target), Ok(digest)) = (&entry.decision, &file.content) else { return None };
    let version = PhotoVersion { digest: *digest, recipe: recipe.clone() };
    let stands = proposal.view.targets.get(target).is_some_and(|known| {
        known.state == DeliveryState::InStep
            && known.desired.as_ref() == Some(&version)
            && known.path.as_ref() == Some(&file.path)
    });
    if stands { None } else { wish(file, target, version) }
}

fn wish(file: &PlannedFile, target: &TargetId, version: PhotoVersion) -> Option<Wish> {
    let claim = file.claim.as_ref()?.as_ref().ok()?;
    Some(Wish { target: target.clone(), label: claim.reference.label(), path: file.path.clone(), version })
}

/// Whether a target is held with this file for this very reason already.
fn stands(proposal: &Proposal, hold: &Hold) -> bool {
    proposal.view.targets.get(&hold.target).is_some_and(|known| {
        known.state == DeliveryState::Blocked { reason: hold.problem.reason } && (hold.path.is_none() || hold.path == known.path)
    })
}

/// The file's row from now on.
fn file_row(
    file: &PlannedFile,
    (read_at, asked): (Timestamp, bool),
    decision: &Decision,
    before: Option<&KnownFile>,
    now: Timestamp,
) -> FileRow {
    let claim: Option<&Claim> = file.claim.as_ref().and_then(|claim| claim.as_ref().ok());
    let key = claim.map(|claim| claim.reference.key());
    let target = match decision {
        // A reference that can't be resolved now keeps the object it was pinned to.
        Decision::Held(None, _) => before
            .filter(|before| before.reference.is_some() && before.reference.as_deref() == key.as_deref())
            .and_then(|before| before.target.clone()),
        Decision::Held(target, _) => target.clone(),
        Decision::Unmatched => None,
        Decision::Unchanged(target)
        | Decision::Deliver(target, ..)
        | Decision::Stuck(target, ..)
        | Decision::Outdone(target, _) => Some(target.clone()),
    };
    // Whom the table named is remembered as long as the file is held for want of its row.
    let named = before.filter(|before| {
        matches!(decision, Decision::Held(..)) && before.is_bound_by_table() && !claim.is_some_and(Claim::is_by_table)
    });
    let target = named.map_or(target, |before| before.target.clone());
    let problem = match decision {
        Decision::Held(_, problem) => Some(problem.clone()),
        Decision::Unmatched => Some(Problem::new(Reason::Unmatched, "no rule claims this file")),
        _ => None,
    };
    FileRow {
        path: file.path.clone(),
        fingerprint: file.fingerprint,
        digest: file.content.as_ref().ok().copied(),
        read_at,
        rule: named.map_or_else(|| claim.map(|claim| claim.rule.clone()), |named| named.rule.clone()),
        reference: named.map_or_else(|| key.map(Arc::from), |named| named.reference.clone()),
        label: named.map_or_else(|| claim.map(|claim| claim.reference.label().into()), |named| named.label.clone()),
        bound_at: match (decision, &target) {
            // A file that another one outdid must not count as one that stands still.
            (Decision::Outdone(..), _) | (_, None) => None,
            (_, Some(_)) if asked => Some(now),
            (_, Some(_)) => before.and_then(|before| before.bound_at),
        },
        target,
        held: problem.map(|problem| {
            let since = before
                .and_then(|before| before.held.as_deref())
                .filter(|(held, _)| held.reason == problem.reason)
                .map(|(_, since)| *since);
            Box::new((problem, since.unwrap_or(now)))
        }),
    }
}
