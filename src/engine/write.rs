//! Turns a plan into what changes in the ledger: only rows that differ are written.

use std::sync::Arc;

use super::Proposal;
use crate::ledger::{Commit, FileRow, Wish};
use crate::model::{DeliveryState, PhotoVersion, Problem, RecipeId, TargetId, Timestamp};
use crate::plan::{Claim, Decision, Hold, KnownFile, PlannedFile};

/// What a plan changes in the ledger.
pub(super) fn commit_of(proposal: &Proposal, recipe: &RecipeId, now: Timestamp) -> Commit {
    let Proposal { looked, view, plan, traces, links, .. } = proposal;
    let mut commit = Commit {
        settings: looked.new_settings.clone(),
        removals: plan.removals.clone(),
        links: links.clone(),
        gone: plan.vanished.clone(),
        holds: plan
            .holds
            .iter()
            .filter(|hold| !stands(proposal, hold))
            .map(|hold| (hold.target.clone(), hold.problem.clone()))
            .collect(),
        releases: plan.releases.iter().map(|release| release.target.clone()).collect(),
        ..Commit::default()
    };
    let mut known = view.files.iter().peekable();
    for entry in &plan.entries {
        let file = &looked.files[entry.file];
        while known.next_if(|known| known.path < file.path).is_some() {}
        let before = known.next_if(|known| known.path == file.path);
        let row = file_row(file, traces[entry.file], &entry.decision, before, now);
        if before != Some(&row) {
            commit.files.push(row);
        }
        target_change(proposal, file, &entry.decision, recipe, &mut commit);
    }
    commit
}

/// Whether a target is held for this very reason already.
fn stands(proposal: &Proposal, hold: &Hold) -> bool {
    proposal
        .view
        .targets
        .get(&hold.target)
        .is_some_and(|known| known.state == DeliveryState::Blocked { reason: hold.problem.reason })
}

/// What a decision changes about its target.
fn target_change(proposal: &Proposal, file: &PlannedFile, decision: &Decision, recipe: &RecipeId, commit: &mut Commit) {
    let Some(Ok(claim)) = &file.claim else { return };
    let wish = |target: &TargetId, version: &PhotoVersion| Wish {
        target: target.clone(),
        label: claim.reference.label(),
        path: file.path.clone(),
        version: version.clone(),
    };
    let known = |target: &TargetId| proposal.view.targets.get(target);
    match decision {
        Decision::Deliver(target, version, _) => {
            let stands = known(target).is_some_and(|known| {
                known.state == DeliveryState::Due
                    && known.desired.as_ref() == Some(version)
                    && known.path.as_ref() == Some(&file.path)
            });
            if !stands {
                commit.wishes.push(wish(target, version));
            }
        }
        Decision::Unchanged(target) => {
            let Ok(digest) = &file.content else { return };
            let version = PhotoVersion { digest: *digest, recipe: recipe.clone() };
            let stands = known(target).is_some_and(|known| {
                known.state == DeliveryState::InStep
                    && known.desired.as_ref() == Some(&version)
                    && known.path.as_ref() == Some(&file.path)
            });
            if !stands {
                commit.in_step.push(wish(target, &version));
            }
        }
        Decision::Unmatched | Decision::Held(..) | Decision::Stuck(..) | Decision::Outdone(..) => {}
    }
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
    let problem = match decision {
        Decision::Held(_, problem) => Some(problem.clone()),
        Decision::Unmatched => Some(Problem::new(crate::model::Reason::Unmatched, "no rule claims this file")),
        _ => None,
    };
    FileRow {
        path: file.path.clone(),
        fingerprint: file.fingerprint,
        digest: file.content.as_ref().ok().copied(),
        read_at,
        rule: claim.map(|claim| claim.rule.clone()),
        reference: key.map(Arc::from),
        label: claim.map(|claim| claim.reference.label().into()),
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
