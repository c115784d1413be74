//! Photos whose file is gone: remembered first, taken out of the tenant only when nothing speaks against it any more.
//!
//! Absence is read as removal only if two whole scans of the same root agree, the directory could be asked about every
//! file, no other file speaks for the target, and the grace time has passed. Whatever is in doubt waits.

use std::collections::HashSet;

use super::decision::{Decision, Release};
use super::departure::{Absence, Departures, Pending, Removal, RemovalCause};
use super::input::PlanInput;
use crate::model::{Gone, Problem, Reason, SourcePath, TargetId, TargetKind, Timestamp};

/// Looks at what is gone.
pub(super) fn departures(input: &PlanInput<'_>, decisions: &[Option<Decision>], releases: &[Release]) -> Departures {
    let mut found = Departures::default();
    let Some(absence) = input.absence else { return found };
    let certain = input.complete && !decisions.iter().flatten().any(unasked);
    let served = if absence.gone.is_empty() && releases.is_empty() { HashSet::new() } else { served(decisions) };
    let left: HashSet<&TargetId> = decisions.iter().flatten().filter_map(left).collect();
    let is_there = |path: &SourcePath| {
        absence.still.binary_search(path).is_ok() || input.files.binary_search_by(|file| file.path.cmp(path)).is_ok()
    };
    let nobody_was_asked = |path: &SourcePath| {
        let at = input.files.binary_search_by(|file| file.path.cmp(path));
        at.is_ok_and(|at| decisions[at].as_ref().is_some_and(unasked))
    };
    for gone in absence.gone {
        let twin_served = gone.target.twin().is_some_and(|twin| served.contains(&twin));
        if served.contains(&gone.target) || is_there(&gone.path) {
            found.back.push(gone.target.clone());
            if !served.contains(&gone.target) && nobody_was_asked(&gone.path) {
                // It may go again before it is known for whom it speaks: only from then on its time counts.
                found.seen.push(Gone { since: absence.now, root: String::new(), under_way: false, ..gone.clone() });
            }
            continue;
        }
        // A group and its team share one photo.
        if gone.under_way || twin_served {
            continue;
        }
        let confirmed = certain && gone.root == absence.root && !left.contains(&gone.target);
        let due_at = gone.since.plus(absence.grace).max(absence.locked_until.unwrap_or_default());
        if !confirmed || due_at > absence.now {
            found.pending.push(pending(gone, due_at));
            if certain && gone.root != absence.root {
                let since = if gone.root.is_empty() { absence.now } else { gone.since };
                found.seen.push(Gone { root: absence.root.to_owned(), since, ..gone.clone() });
            }
            continue;
        }
        if matches!(gone.target.kind(), TargetKind::Team | TargetKind::Contact) {
            found.impossible.push((gone.target.clone(), impossible(gone)));
            continue;
        }
        let (path, label) = (gone.path.clone(), gone.label.clone());
        let cause = RemovalCause::FileGone { path, label, since: gone.since };
        found.removals.push(Removal { target: gone.target.clone(), cause, standing: false });
    }
    // A file is released once, so that it is remembered now or never; whether it counts is for later passes to say.
    if input.complete {
        for gone in releases.iter().filter_map(|release| newly_gone(input, absence, release, &is_there)) {
            let due_at = gone.since.plus(absence.grace).max(absence.locked_until.unwrap_or_default());
            found.pending.push(pending(&gone, due_at));
            found.seen.push(gone);
        }
    }
    found
}

fn pending(gone: &Gone, due_at: Timestamp) -> Pending {
    let Gone { target, label, path, since, .. } = gone.clone();
    Pending { target, label, path, since, due_at }
}

fn newly_gone(
    input: &PlanInput<'_>,
    absence: Absence<'_>,
    release: &Release,
    is_there: &impl Fn(&SourcePath) -> bool,
) -> Option<Gone> {
    let path = release.path.clone().filter(|path| !is_there(path))?;
    let known = input.view.targets.get(&release.target)?;
    if known.delivered.is_none() && !known.unconfirmed {
        return None;
    }
    let file = input.view.files.binary_search_by(|known| known.path.cmp(&path)).ok().map(|at| &input.view.files[at]);
    let label = file.and_then(|file| file.label.as_deref()).unwrap_or_default().to_owned();
    let (target, root) = (release.target.clone(), absence.root.to_owned());
    Some(Gone { target, label, path, since: absence.now, root, under_way: false })
}

/// Whether the directory could not be asked about a file: it may speak for a target whose own file is gone.
fn unasked(decision: &Decision) -> bool {
    let reasons = [Reason::Transient, Reason::Throttled, Reason::NotPermitted, Reason::SignIn, Reason::GaveUp];
    matches!(decision, Decision::Held(_, problem) if reasons.contains(&problem.reason))
}

/// The target that a file was bound to before its name moved on. Whether it comes back nobody knows: what another file
/// had put there waits for that.
fn left(decision: &Decision) -> Option<&TargetId> {
    match decision {
        Decision::Held(target, problem) if problem.reason == Reason::IdentityChanged => target.as_ref(),
        _ => None,
    }
}

/// Targets that a file speaks for.
fn served(decisions: &[Option<Decision>]) -> HashSet<TargetId> {
    let target = |decision: &Decision| match decision {
        held @ Decision::Held(target, _) => target.clone().filter(|_| left(held).is_none()),
        other => other.serves().cloned(),
    };
    decisions.iter().flatten().filter_map(target).collect()
}

fn impossible(gone: &Gone) -> Problem {
    let kind = gone.target.kind();
    Problem::new(
        Reason::RemovalNotPossible,
        format!(
            "{} has been gone since {}, but Microsoft Graph has no way to remove the photo of a {kind}",
            gone.path, gone.since
        ),
    )
}
