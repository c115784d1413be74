//! Names that lead to another object than before: which, and in words that name both.

use super::input::{Claim, PlanInput, PlannedFile};
use crate::model::{KnownFile, LedgerView, Problem, Reason, Reference, TargetId};

/// The object that a file was bound to by this very reference.
pub(super) fn pinned<'a>(known: &'a KnownFile, key: &str) -> Option<&'a TargetId> {
    known.target.as_ref().filter(|_| known.reference.as_deref() == Some(key))
}

/// Objects that names led to and lead to no more, and those that they lead to instead, which a person is to be told about.
/// Those whose accounts stand in what the ledger keeps of a file that is held already are not among them.
pub(crate) fn moved(files: &[PlannedFile], view: &LedgerView) -> Vec<TargetId> {
    let mut found = Vec::new();
    for file in files {
        let Some(Ok(claim)) = &file.claim else { continue };
        let key = claim.reference.key();
        let before = view.files.binary_search_by(|known| known.path.cmp(&file.path)).ok().map(|at| &view.files[at]);
        if let Some(known) = before.filter(|known| has_lost_row(known, claim, file)) {
            let objects = [known.target.as_ref(), file.identifies()];
            if told(before, &objects).is_none() {
                found.extend(objects.into_iter().flatten().cloned());
            }
            continue;
        }
        let elsewhere = view.pins.get(key.as_str()).map(Vec::as_slice).unwrap_or_default();
        let mut pins = before.and_then(|known| pinned(known, &key)).into_iter().chain(elsewhere);
        let (pinned, now) = match (file.identifies(), &file.resolved) {
            (Some(target), _) => (pins.find(|pinned| **pinned != *target), Some(target)),
            (None, Some(Err(problem))) if problem.reason == Reason::TargetMissing => (pins.next(), None),
            _ => continue,
        };
        let Some(pinned) = pinned else { continue };
        if told(before, &[Some(pinned), now]).is_none() {
            found.extend([Some(pinned), now].into_iter().flatten().cloned());
        }
    }
    found
}

/// Whether the table named a file, no row does so any more, and a rule gives it to somebody else.
pub(super) fn has_lost_row(known: &KnownFile, claim: &Claim, file: &PlannedFile) -> bool {
    let now = file.identifies();
    known.is_bound_by_table() && !claim.is_by_table() && (now.is_none() || now != known.target.as_ref())
}

/// A row may have got lost, and then the rule would give the photo to somebody else.
pub(super) fn lost_row(input: &PlanInput<'_>, known: &KnownFile, claim: &Claim, file: &PlannedFile) -> Problem {
    let now = file.identifies();
    let standing = told(Some(known), &[known.target.as_ref(), now])
        .filter(|problem| problem.reason == Reason::IdentityChanged && now.is_some() && problem.detail.contains(&*claim.rule));
    if let Some(problem) = standing {
        return problem.clone();
    }
    let account = |target: Option<&TargetId>| target.and_then(|target| input.accounts.get(target)).cloned();
    let named = if known.is_named_in_vain() {
        "the table named it and did not say for whom".to_owned()
    } else {
        let label = || known.label.as_deref().unwrap_or("somebody else").to_owned();
        format!("the table gave it to {}", account(known.target.as_ref()).unwrap_or_else(label))
    };
    let (path, rule) = (&known.path, &claim.rule);
    let whom = account(now).map_or_else(|| claim.reference.to_string(), |account| format!("{}, {account}", claim.reference));
    let detail = format!("{named}; no row names it any more, and the rule {rule} would give it to {whom}");
    Problem::new(Reason::IdentityChanged, detail).with_cure(format!(
        "Put its row back into the table (mapping.table). If the rule is right, run `photosyncd accept \"{path}\"`."
    ))
}

/// The name leads to another object: both are named.
pub(super) fn identity_changed(
    input: &PlanInput<'_>,
    reference: &Reference,
    before: Option<&KnownFile>,
    pinned: &TargetId,
    target: &TargetId,
) -> Problem {
    let name = |target: &TargetId| input.accounts.get(target).cloned().unwrap_or_else(|| target.to_string());
    let known = told(before, &[Some(pinned), Some(target)]).filter(|problem| problem.reason == Reason::IdentityChanged);
    let detail = || format!("{reference} was {} and is now {}", name(pinned), name(target));
    Problem::new(Reason::IdentityChanged, known.map_or_else(detail, |problem| problem.detail.clone()))
}

/// The directory knows nobody by this name any more: whom it led to.
pub(super) fn lost(input: &PlanInput<'_>, problem: &Problem, before: Option<&KnownFile>, pinned: &TargetId) -> Option<Problem> {
    if problem.reason != Reason::TargetMissing {
        return None;
    }
    if let Some(known) = told(before, &[Some(pinned)]).filter(|known| known.reason == Reason::TargetMissing) {
        return Some(known.clone());
    }
    let name = input.accounts.get(pinned)?;
    Some(Problem { detail: format!("{}; it led to {name}", problem.detail), ..problem.clone() })
}

/// What the ledger keeps of why a file is held, if that names these objects as a person knows them.
fn told<'a>(before: Option<&'a KnownFile>, objects: &[Option<&TargetId>]) -> Option<&'a Problem> {
    let (problem, _) = before?.held.as_deref()?;
    let names = |target: &&TargetId| target.object_id().is_some_and(|id| problem.detail.contains(&format!("id {id}")));
    objects.iter().flatten().all(names).then_some(problem)
}
