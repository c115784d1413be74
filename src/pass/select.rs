//! Narrows a plan to what a person asked for (`--only`).

use super::proposal::Proposal;
use crate::model::{Fit, Names, SourcePath, TargetId, TargetQuery};
use crate::plan::{Claim, Decision, Departures, Holds};

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

    pub(super) fn takes(&self, path: &SourcePath, claim: Option<&Claim>, target: Option<&TargetId>) -> bool {
        let (label, key) = claim.map(|claim| (claim.reference.label(), claim.reference.key())).unzip();
        let names = Names::new(Some(path.as_str()), target, label.as_deref(), key.as_deref());
        self.0.iter().any(|query| query.fit(&names).is_some_and(|fit| fit <= Fit::Folder))
    }

    /// Leaves in the proposal only what was asked for. The plan was made over everything, so that a second file
    /// for the same target is seen even if it was not asked for.
    pub(crate) fn narrow(&self, proposal: &mut Proposal) {
        if self.is_everything() {
            return;
        }
        let files = &proposal.files;
        proposal.plan.entries.retain(|entry| {
            let file = &files[entry.file];
            self.takes(&file.path, file.claim.as_ref().and_then(|claim| claim.as_ref().ok()), decided(&entry.decision))
        });
        proposal.plan.releases.clear();
        proposal.plan.removals.clear();
        proposal.plan.departures = Departures::default();
        proposal.halts.retain(|halt| halt.holds == Holds::Everything);
        proposal.plan.vanished.clear();
        // What holds for all files may not be written down after looking at some.
        proposal.scan.new_settings = None;
        proposal.links.clear();
        proposal.new_facts.clear();
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
