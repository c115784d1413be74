//! From what was seen to what to do: one decision a file, one version a target.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::decision::{Decision, Plan, PlanEntry, Why};
use super::defaults::ended;
use super::identity::{has_lost_row, identity_changed, lost, lost_row, pinned};
use super::input::{ConflictPolicy, PlanInput, PlannedFile};
use super::known::{planned_hold, removal_under_way};
use super::leftovers::{leftovers, opted_out};
use super::removal::departures;
use crate::model::{DeliveryState, KnownFile, KnownTarget, Problem, Reason, SourcePath, TargetId};

/// Makes the plan. The order of files or answers doesn't change what each file's decision is.
pub(crate) fn plan(input: &PlanInput<'_>) -> Plan {
    let mut decisions: Vec<Option<Decision>> = Vec::with_capacity(input.files.len());
    let mut speakers: HashMap<TargetId, Vec<usize>> = HashMap::new();
    let mut vanished = Vec::new();
    let mut known = input.view.files.iter().peekable();
    for (at, file) in input.files.iter().enumerate() {
        // Both lists are sorted by path: what the ledger has and the source has not lies between two files.
        while let Some(gone) = known.next_if(|known| known.path < file.path) {
            vanished.push(gone.path.clone());
        }
        let before = known.next_if(|known| known.path == file.path);
        decisions.push(match bind(input, file, before) {
            Ok(target) => {
                speakers.entry(target).or_default().push(at);
                None
            }
            Err(decision) => Some(decision),
        });
    }
    vanished.extend(known.map(|gone| gone.path.clone()));
    settle_targets(input, &speakers, &mut decisions);
    drop(speakers);
    let (mut holds, mut releases) = leftovers(input, &decisions);
    let mut ended = ended(input, &mut releases);
    let mut departures = departures(input, &decisions, &releases);
    let mut removals = opted_out(input, &mut holds);
    removals.append(&mut departures.removals);
    removals.append(&mut ended);
    removals.sort_by(|a, b| a.target.cmp(&b.target));
    let entries = decisions
        .into_iter()
        .enumerate()
        .map(|(file, decision)| PlanEntry { file, decision: decision.unwrap_or(Decision::Unmatched) })
        .collect();
    if !input.complete {
        vanished.clear();
    }
    Plan { entries, holds, releases, removals, departures, vanished }
}

/// Which one target a file speaks for, or the decision that ends its way.
fn bind(input: &PlanInput<'_>, file: &PlannedFile, before: Option<&KnownFile>) -> Result<TargetId, Decision> {
    let claim = match &file.claim {
        None => return Err(Decision::Unmatched),
        Some(Err(problem)) => return Err(Decision::Held(None, (**problem).clone())),
        Some(Ok(claim)) => claim,
    };
    if let Some(known) = before.filter(|known| has_lost_row(known, claim, file)) {
        return Err(Decision::Held(known.target.clone(), lost_row(input, known, claim, file)));
    }
    let key = claim.reference.key();
    // A file by another name for the same person is no new beginning.
    let elsewhere = input.view.pins.get(key.as_str()).map(Vec::as_slice).unwrap_or_default();
    // Whose default picture it is, its path says.
    let elsewhere = if file.path.is_default_picture() { &[] } else { elsewhere };
    let bound = before.and_then(|known| pinned(known, &key));
    let target = match (&file.resolved, &file.whom) {
        (Some(Ok(target)), _) | (Some(Err(_)), Some(target)) => target.clone(),
        (Some(Err(problem)), None) => {
            let named = bound.or(elsewhere.first()).and_then(|pinned| lost(input, problem, before, pinned));
            return Err(Decision::Held(elsewhere.first().cloned(), named.unwrap_or_else(|| (**problem).clone())));
        }
        (None, _) => {
            let problem = Problem::new(Reason::Transient, "the directory was not asked yet");
            return Err(Decision::Held(elsewhere.first().cloned(), problem));
        }
    };
    let mut pins = bound.into_iter().chain(elsewhere);
    if let Some(pinned) = pins.find(|pinned| **pinned != target) {
        return Err(Decision::Held(Some(pinned.clone()), identity_changed(input, &claim.reference, before, pinned, &target)));
    }
    if let Some(Err(problem)) = &file.resolved {
        return Err(Decision::Held(Some(target), (**problem).clone()));
    }
    if let Some(problem) = input.scope.and_then(|scope| scope.check(&target).err()) {
        return Err(Decision::Held(Some(target), problem));
    }
    Ok(target)
}

/// One decision for each target that files speak for.
fn settle_targets(input: &PlanInput<'_>, speakers: &HashMap<TargetId, Vec<usize>>, decisions: &mut [Option<Decision>]) {
    for (target, files) in speakers {
        if let Some(other) = target.twin().and_then(|twin| Some((speakers.get(&twin)?, twin)))
            && let Some(problem) = differs(input, files, other.0, &other.1)
        {
            for at in files {
                decisions[*at] = Some(Decision::Held(Some(target.clone()), problem.clone()));
            }
            continue;
        }
        match speaker(input, target, files) {
            Ok(winner) => {
                for at in files {
                    let decision = if *at == winner {
                        decide(input, target, &input.files[winner])
                    } else {
                        Decision::SupersededBy(target.clone(), input.files[winner].path.clone())
                    };
                    decisions[*at] = Some(decision);
                }
            }
            Err(()) => {
                for at in files {
                    decisions[*at] = Some(Decision::Held(Some(target.clone()), duplicates(input, *at, files)));
                }
            }
        }
    }
}

/// The one file that speaks for a target, if there is one. Files that hold the same picture are one: the file that
/// carried it so far goes on doing so, so that nothing goes to and fro.
fn speaker(input: &PlanInput<'_>, target: &TargetId, files: &[usize]) -> Result<usize, ()> {
    if let [one] = files {
        return Ok(*one);
    }
    let content = |at: usize| input.files[at].content.as_ref().ok();
    let modified = |at: usize| input.files[at].fingerprint.mtime_ns;
    let newest = files.iter().map(|at| modified(*at)).max();
    let decides = |at: &usize| input.on_conflict == ConflictPolicy::Hold || Some(modified(*at)) == newest;
    let deciding: Vec<usize> = files.iter().copied().filter(decides).collect();
    let first = deciding.iter().copied().min_by_key(|at| &input.files[*at].path).ok_or(())?;
    let Some(picture) = content(first) else {
        // Nobody can tell what it holds: alone it stands for itself, and holds the target.
        return if deciding.len() == 1 { Ok(first) } else { Err(()) };
    };
    if deciding.iter().any(|at| content(*at) != Some(picture)) {
        return Err(());
    }
    let so_far = input.view.targets.get(target).and_then(|known| known.path.as_ref());
    let carrier = files.iter().copied().find(|at| Some(&input.files[*at].path) == so_far && content(*at) == Some(picture));
    Ok(carrier.unwrap_or(first))
}

fn duplicates(input: &PlanInput<'_>, at: usize, files: &[usize]) -> Problem {
    let others: Vec<&str> = files.iter().filter(|other| **other != at).map(|other| input.files[*other].path.as_str()).collect();
    let own = input.files[at].path.as_str();
    // Two names that look the same on every screen.
    let is_twin = |other: &&&str| ***other != *own && other.nfc().eq(own.nfc());
    let spelled = others.iter().find(is_twin).map_or("", |_| {
        "; two of the names look the same and differ in how an accent or umlaut is written (one letter, or letter and mark): as `ls -b` shows"
    });
    Problem::new(Reason::DuplicateFiles, format!("{} {} the same target{spelled}", others.join(", "), identify(&others)))
}

/// One identifies, several identify.
const fn identify(files: &[&str]) -> &'static str {
    if files.len() == 1 { "identifies" } else { "identify" }
}

fn differs(input: &PlanInput<'_>, files: &[usize], others: &[usize], twin: &TargetId) -> Option<Problem> {
    let content = |at: &usize| input.files[*at].content.as_ref().ok();
    let same = files.iter().all(|file| others.iter().all(|other| content(file).is_some() && content(file) == content(other)));
    if same {
        return None;
    }
    let names: Vec<&str> = others.iter().map(|at| input.files[*at].path.as_str()).collect();
    let detail =
        format!("{} {} the {} that is the same object, with another picture", names.join(", "), identify(&names), twin.kind());
    Some(Problem::new(Reason::GroupAndTeamDiffer, detail))
}

fn decide(input: &PlanInput<'_>, target: &TargetId, file: &PlannedFile) -> Decision {
    let Some(wanted) = file.version(input.recipe) else {
        let problem = file.content.as_ref().err().map(|problem| (**problem).clone());
        let unread = || Problem::new(Reason::FileUnreadable, "its content is not known");
        return Decision::Held(Some(target.clone()), problem.unwrap_or_else(unread));
    };
    let digest = wanted.digest;
    let known = input.view.targets.get(target);
    let delivered = known.and_then(|known| known.delivered.as_ref());
    if let Some(KnownTarget { kept: Some(kept), state, .. }) = known
        && kept.digest == digest
    {
        let state = if kept.restoring { state.clone() } else { DeliveryState::Blocked { reason: kept.reason } };
        return Decision::Pending(target.clone(), wanted, state);
    }
    if delivered == Some(&wanted) && !known.is_some_and(something_else_under_way) {
        return Decision::Unchanged(target.clone());
    }
    if let Some(KnownTarget { desired: Some(desired), path: Some(spoke), state, .. }) = known
        && *desired == wanted
    {
        return match state {
            DeliveryState::Due | DeliveryState::InStep => Decision::Deliver(target.clone(), wanted, Why::Pending),
            // Held until now by what a plan found, not by the tenant: that has passed, so it goes out.
            DeliveryState::Blocked { reason } if planned_hold(*reason) || was_held(input, spoke, *reason) => {
                Decision::Deliver(target.clone(), wanted, Why::Pending)
            }
            state => Decision::Pending(target.clone(), wanted, state.clone()),
        };
    }
    let why = match delivered {
        None => Why::New,
        Some(delivered) if *delivered == wanted => Why::Pending,
        Some(delivered) if delivered.digest == wanted.digest => Why::Recipe { from: Box::new(delivered.recipe.clone()) },
        Some(_) => Why::Changed,
    };
    Decision::Deliver(target.clone(), wanted, why)
}

/// Whether another picture may have taken the place of what was delivered, though nobody heard of it.
fn something_else_under_way(known: &KnownTarget) -> bool {
    let other = known.desired.is_some() && known.desired != known.delivered;
    let tried = matches!(known.state, DeliveryState::Due | DeliveryState::Waiting { .. });
    known.uncertain || other && tried || removal_under_way(known)
}

/// Whether the file that spoke for a target was itself held for this reason: then the target was blocked with it, not by
/// the tenant.
fn was_held(input: &PlanInput<'_>, spoke: &SourcePath, reason: Reason) -> bool {
    let known = &input.view.files;
    let before = known.binary_search_by(|known| known.path.cmp(spoke)).ok().and_then(|at| known[at].held.as_ref());
    before.is_some_and(|held| held.0.reason == reason)
}
