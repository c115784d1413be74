//! Narrows a plan to what a person asked for (`--only`).

use super::Proposal;
use crate::model::{Fit, Names, TargetId, TargetQuery};
use crate::plan::{Decision, Departures, Holds, PlannedFile};

/// Paths and targets that a person named; empty means all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection(Vec<TargetQuery>);

impl Selection {
    /// From the words of the command line: a path below the source (a directory selects what is in it), a target's
    /// label, or an object id.
    pub(crate) fn new(words: &[String]) -> Self {
        Self(words.iter().map(|word| TargetQuery::new(word)).collect())
    }

    /// Whether nothing was named.
    pub(crate) fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn takes(&self, file: &PlannedFile, target: Option<&TargetId>) -> bool {
        let reference = file.claim.as_ref().and_then(|claim| claim.as_ref().ok()).map(|claim| &claim.reference);
        let (label, key) = reference.map(|reference| (reference.label(), reference.key())).unzip();
        let names = Names::new(Some(file.path.as_str()), target, label.as_deref(), key.as_deref());
        self.0.iter().any(|query| query.fit(&names).is_some_and(|fit| fit <= Fit::Folder))
    }

    /// Leaves in the proposal only what was asked for. The plan was made over everything, so that a second file
    /// for the same target is seen even if it was not asked for.
    pub(crate) fn narrow(&self, proposal: &mut Proposal) {
        if self.is_everything() {
            return;
        }
        let files = &proposal.looked.files;
        proposal.plan.entries.retain(|entry| self.takes(&files[entry.file], decided(&entry.decision)));
        proposal.plan.releases.clear();
        proposal.plan.removals.clear();
        proposal.plan.departures = Departures::default();
        proposal.halts.retain(|halt| halt.holds == Holds::Everything);
        proposal.plan.vanished.clear();
        // What holds for all files may not be written down after looking at some.
        proposal.looked.new_settings = None;
        proposal.links.clear();
        proposal.news.clear();
        proposal.keeps_account = true;
    }
}

/// The target a decision leads to.
fn decided(decision: &Decision) -> Option<&TargetId> {
    match decision {
        Decision::Held(target, _) => target.as_ref(),
        other => other.serves(),
    }
}
