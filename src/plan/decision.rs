//! A plan as data: one decision a file, and what follows for targets.

use super::departure::{Departures, Removal, RemovalCause};
use crate::model::{DeliveryState, PhotoVersion, Problem, Reason, RecipeId, SourcePath, TargetId};

/// Why a photo is to be delivered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// The target was never given a photo by us.
    New,
    /// The file's content differs from what was delivered.
    Changed,
    /// Same content, to be prepared in another way than what was delivered. It is sent if that comes out different.
    Recipe {
        /// The way it was prepared.
        from: Box<RecipeId>,
    },
    /// Planned by an earlier pass and not delivered yet.
    Pending,
}

/// What becomes of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Decision {
    /// No rule claims it.
    Unmatched,
    /// It is held, with the reason; the target where it is known.
    Held(Option<TargetId>, Problem),
    /// Its photo is what the target was given.
    Unchanged(TargetId),
    /// Its photo goes to the target.
    Deliver(TargetId, PhotoVersion, Why),
    /// It waits or is blocked at the target for a reason of the tenant's; nothing new to try.
    Pending(TargetId, PhotoVersion, DeliveryState),
    /// Another file speaks for the same target: it holds the same picture, or is newer (`on_conflict: newest`).
    SupersededBy(TargetId, SourcePath),
}

impl Decision {
    /// The target that the file is to have its say at, if nothing holds it.
    pub(crate) fn serves(&self) -> Option<&TargetId> {
        match self {
            Self::Unmatched | Self::Held(..) => None,
            Self::Unchanged(target) | Self::Deliver(target, ..) | Self::Pending(target, ..) | Self::SupersededBy(target, _) => {
                Some(target)
            }
        }
    }

    /// The target of a file that is held since it is out of scope.
    pub(crate) fn excluded(&self) -> Option<&TargetId> {
        match self {
            Self::Held(target, problem) if problem.reason == Reason::OutOfScope => target.as_ref(),
            _ => None,
        }
    }
}

/// One file's line in the plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PlanEntry {
    /// Index into the files of the plan's input.
    pub file: usize,
    /// What becomes of it.
    pub decision: Decision,
}

/// A target that no file speaks for any more: forgotten, nothing remote is touched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Release {
    /// Which.
    pub target: TargetId,
    /// The file that spoke for it.
    pub path: Option<SourcePath>,
}

/// A known target whose file is held: nothing goes there until that is cured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hold {
    /// Which.
    pub target: TargetId,
    /// Why.
    pub problem: Problem,
    /// The file that speaks for it from now on, if that is another one.
    pub path: Option<SourcePath>,
}

/// What to do and why.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Plan {
    /// One a file, in the order of the files.
    pub entries: Vec<PlanEntry>,
    /// Known targets that must get nothing for now, sorted.
    pub holds: Vec<Hold>,
    /// Targets without a file, sorted.
    pub releases: Vec<Release>,
    /// Targets whose delivered photo is to be taken out of the tenant, sorted.
    pub removals: Vec<Removal>,
    /// What else is to be said and remembered of photos whose files are gone; its own removals are among the above.
    pub departures: Departures,
    /// Paths the ledger knows that are gone, sorted.
    pub vanished: Vec<SourcePath>,
}

impl Plan {
    /// Photos to deliver.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = (&PlanEntry, &TargetId, &PhotoVersion, &Why)> {
        self.entries.iter().filter_map(|entry| match &entry.decision {
            Decision::Deliver(target, version, why) => Some((entry, target, version, why)),
            _ => None,
        })
    }

    /// Removals that this plan adds.
    pub(crate) fn new_removals(&self) -> usize {
        self.removals.iter().filter(|removal| !removal.standing).count()
    }

    /// Takes the new removals out of the plan. Who has opted out gets nothing all the same.
    pub(crate) fn hold_removals(&mut self) {
        for Removal { target, cause, .. } in self.removals.extract_if(.., |removal| !removal.standing) {
            if let RemovalCause::OptOut(problem) = cause {
                self.holds.push(Hold { target, problem, path: None });
            }
        }
        self.holds.sort_by(|a, b| a.target.cmp(&b.target));
    }
}
