//! Targets that no photo leads to: held with their file, released, or to lose what was delivered.

use std::collections::HashMap;

use super::decision::{Decision, Hold, Release};
use super::departure::{Removal, RemovalCause};
use super::input::{PlanInput, PlannedFile};
use super::known::removal_under_way;
use crate::model::{DeliveryState, Problem, Reason, SourcePath, TargetId};

/// Held targets whose delivered photo must go, because they are out of scope: they are removed instead. Where that was found
/// impossible, it is a person's to do, and stands.
pub(super) fn opted_out(input: &PlanInput<'_>, holds: &mut Vec<Hold>) -> Vec<Removal> {
    let known = |target: &TargetId| input.view.targets.get(target);
    let holds_ours = |target: &TargetId| known(target).is_some_and(|known| known.delivered.is_some());
    let goes = |hold: &Hold| input.delete_on_opt_out && hold.problem.reason == Reason::OutOfScope && holds_ours(&hold.target);
    let left_to_a_person = DeliveryState::Blocked { reason: Reason::RemovalNotPossible };
    holds.retain(|hold| !(goes(hold) && known(&hold.target).is_some_and(|known| known.state == left_to_a_person)));
    let removal = |Hold { target, problem, .. }| {
        let standing = known(&target).is_some_and(removal_under_way);
        Removal { target, cause: RemovalCause::OptOut(problem), standing }
    };
    holds.extract_if(.., |hold| goes(hold)).map(removal).collect()
}

/// What becomes of known targets that no decision leads to: held with their file, or released.
///
/// This is what keeps a photo that is still due from going to a target that its file no longer speaks for.
pub(super) fn leftovers(input: &PlanInput<'_>, decisions: &[Option<Decision>]) -> (Vec<Hold>, Vec<Release>) {
    let mut reached: HashMap<&TargetId, Option<(&SourcePath, &Problem)>> = HashMap::new();
    for (file, decision) in input.files.iter().zip(decisions) {
        let Some(decision) = decision else { continue };
        match decision {
            // A file whose name has moved on does not speak for its target any more, if another one does since.
            Decision::Held(Some(target), problem) if problem.reason == Reason::IdentityChanged && !spoke(input, file, target) => {
            }
            Decision::Held(Some(target), problem) => _ = reached.entry(target).or_insert(Some((&file.path, problem))),
            Decision::Unchanged(target) | Decision::Deliver(target, ..) | Decision::Pending(target, ..) => {
                reached.insert(target, None);
            }
            Decision::Unmatched | Decision::Held(None, _) | Decision::SupersededBy(..) => {}
        }
    }
    let mut holds = Vec::new();
    let mut releases = Vec::new();
    for (target, known) in &input.view.targets {
        match (reached.get(target), &known.path) {
            (Some(None), _) | (None, None) => {}
            (Some(Some((holder, problem))), before) => {
                let is_there = before.as_ref().is_some_and(|before| has(input, before));
                let path = (!is_there && input.complete).then(|| (*holder).clone());
                holds.push(Hold { target: target.clone(), problem: (*problem).clone(), path });
            }
            (None, Some(path)) => match input.files.binary_search_by(|file| file.path.cmp(path)) {
                Ok(at) => match &decisions[at] {
                    Some(Decision::Held(None, problem)) => {
                        holds.push(Hold { target: target.clone(), problem: problem.clone(), path: None });
                    }
                    _ => releases.push(Release { target: target.clone(), path: known.path.clone() }),
                },
                Err(_) if input.complete => releases.push(Release { target: target.clone(), path: known.path.clone() }),
                Err(_) => {}
            },
        }
    }
    holds.sort_by(|a, b| a.target.cmp(&b.target));
    releases.sort_by(|a, b| a.target.cmp(&b.target));
    (holds, releases)
}

/// Whether the file spoke for the target so far: itself, or by another name.
fn spoke(input: &PlanInput<'_>, file: &PlannedFile, target: &TargetId) -> bool {
    let Some(spoke) = input.view.targets.get(target).and_then(|known| known.path.as_ref()) else { return false };
    if *spoke == file.path {
        return true;
    }
    let Some(Ok(claim)) = &file.claim else { return false };
    let before = input.view.files.binary_search_by(|known| known.path.cmp(spoke)).map(|at| &input.view.files[at]);
    before.is_ok_and(|before| before.reference.as_deref() == Some(claim.reference.key().as_str())) && !has(input, spoke)
}

/// Whether the file is there, among those to plan for.
fn has(input: &PlanInput<'_>, path: &SourcePath) -> bool {
    input.files.binary_search_by(|file| file.path.cmp(path)).is_ok()
}
