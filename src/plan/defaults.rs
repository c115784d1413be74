//! Default pictures: the lowest rank of photos. Whoever has a file, or a photo, keeps it; who has neither gets the default.
//!
//! Each is planned for as a file of its own, so that queue, tries, guard and removals are those of every photo. Whether
//! the tenant shows a photo of the person's own is asked right before a default picture would go out.

use std::collections::HashSet;

use super::decision::Release;
use super::departure::{Removal, RemovalCause};
use super::input::{PlanInput, PlannedFile};
use super::known::removal_under_way;
use crate::model::{DeliveryState, KnownTarget, LedgerView, PhotoVersion, Problem, Reason, SourcePath, TargetId, TargetKind};

/// Whether a default picture may be planned for somebody who has no file in the source, by what the ledger knows of them:
/// not while a photo of theirs that we sent is still in the tenant, or on its way out.
pub(crate) fn is_open_to_default(known: Option<&KnownTarget>) -> bool {
    let Some(KnownTarget { path, desired, delivered, state, .. }) = known else { return true };
    if let Some(path) = path {
        return path.is_default_picture();
    }
    let rests = desired.is_none() && *state == DeliveryState::InStep;
    rests && delivered.as_ref().is_none_or(PhotoVersion::is_default_picture)
}

/// Leaves default pictures only where nothing of a higher rank is for the same person, and lets those stand as they are
/// whose owner can't be served just now. Whatever is left out without standing ends.
/// `is_whole`: nothing of the source was left for another look. If not, or if it is not known whom each file for a person
/// is for, nobody gets a default picture who has none: their file may be among those. Says how many wait for that.
pub(crate) fn settle_defaults(files: &mut Vec<PlannedFile>, view: &mut LedgerView, is_whole: bool) -> usize {
    let of_source = || files.iter().filter(|file| !file.path.is_default_picture());
    let served: HashSet<TargetId> = of_source().filter_map(|file| file.resolved.as_ref()?.as_ref().ok()).cloned().collect();
    let is_certain = is_whole && !of_source().any(is_unasked);
    let (mut stand, mut wait): (HashSet<SourcePath>, usize) = (HashSet::new(), 0);
    files.retain(|file| {
        let Some(owner) = file.path.default_picture_of() else { return true };
        let has_default = view.targets.get(&owner).is_some_and(|known| known.path.as_ref() == Some(&file.path));
        if served.contains(&owner) {
            return false;
        }
        let may_get = match &file.resolved {
            Some(Ok(target)) => *target == owner,
            // Tried again by itself; told like that of every file.
            None => true,
            Some(Err(problem)) => is_of_all(problem),
        };
        if !may_get && has_default {
            stand.insert(file.path.clone());
        }
        wait += usize::from(may_get && !has_default && !is_certain);
        may_get && (has_default || is_certain)
    });
    leave_alone(view, &stand);
    wait
}

/// Takes what stands as it is out of what is planned for.
fn leave_alone(view: &mut LedgerView, stand: &HashSet<SourcePath>) {
    if stand.is_empty() {
        return;
    }
    view.files.retain(|known| !stand.contains(&known.path));
    view.targets.retain(|_, known| known.path.as_ref().is_none_or(|path| !stand.contains(path)));
}

/// Whether the directory could not say which person a file is for.
fn is_unasked(file: &PlannedFile) -> bool {
    matches!(&file.claim, Some(Ok(claim)) if claim.reference.kind == TargetKind::User)
        && match &file.resolved {
            None => true,
            Some(Ok(_)) => false,
            Some(Err(problem)) => is_of_all(problem),
        }
}

/// Whether it says nothing about one account.
fn is_of_all(problem: &Problem) -> bool {
    problem.reason.is_passing() || matches!(problem.reason, Reason::NotPermitted | Reason::GaveUp)
}

/// Default pictures in the tenant to which nothing leads any more: they are taken out, not only forgotten.
pub(super) fn ended(input: &PlanInput<'_>, releases: &mut Vec<Release>) -> Vec<Removal> {
    let known = |release: &Release| input.view.targets.get(&release.target);
    let is_default = |release: &mut Release| {
        known(release).is_some_and(|known| {
            let wanted = known.path.as_ref().is_some_and(SourcePath::is_default_picture);
            let there = known.delivered.as_ref().map(PhotoVersion::is_default_picture);
            there.unwrap_or(wanted && known.unconfirmed)
        })
    };
    let removal = |release: Release| {
        let standing = known(&release).is_some_and(removal_under_way);
        let row = release.path.as_ref().and_then(|path| {
            input.view.files.binary_search_by(|known| known.path.cmp(path)).ok().map(|at| &input.view.files[at])
        });
        let label = row.and_then(|row| row.label.as_deref()).unwrap_or_default().to_owned();
        let cause = RemovalCause::DefaultEnds { path: release.path, label };
        Removal { target: release.target, cause, standing }
    };
    releases.extract_if(.., is_default).collect::<Vec<_>>().into_iter().map(removal).collect()
}
