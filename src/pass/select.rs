//! Narrows a plan to what a person asked for (`--only`).

use std::collections::HashSet;

use super::pass_error::PassError;
use super::proposal::Proposal;
use crate::ledger::{LedgerSource, Reader};
use crate::model::{Fit, Names, SourcePath, TargetId, TargetQuery, did_you_mean, near};
use crate::plan::{Claim, Decision, Departures, Holds, PlanEntry};
use crate::status::HeldItem;

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

    /// Whether something that is held is among what was named.
    pub(super) fn takes_item(&self, item: &HeldItem) -> bool {
        let names = Names::new(item.path.as_deref(), item.target.as_ref(), item.label.as_deref(), None);
        self.is_everything() || self.0.iter().any(|query| query.fit(&names).is_some_and(|fit| fit <= Fit::Folder))
    }

    /// The files that the ledger knows by these names. Errors: a name that selects nothing, with those that are near it.
    pub(crate) async fn known_files(
        &self,
        proposal: &Proposal,
        memory: LedgerSource<'_>,
    ) -> Result<HashSet<SourcePath>, PassError> {
        if self.is_everything() || proposal.stopped_for_good().is_some() {
            return Ok(HashSet::new());
        }
        let queries = self.0.clone();
        let found = memory.read(move |reader| reader.find_each(&queries)).await?;
        let mut known = HashSet::new();
        let mut missed = Vec::new();
        for (at, query) in self.0.iter().enumerate() {
            let alone = Self(vec![query.clone()]);
            let found = found.get(at).cloned().unwrap_or_default().up_to(Fit::Folder);
            let selects = !found.files.is_empty()
                || !found.targets.is_empty()
                || proposal.plan.entries.iter().any(|entry| alone.takes_entry(proposal, entry.file, &entry.decision))
                || proposal.scan.unchanged.iter().any(|path| alone.takes(path, None, None));
            known.extend(found.files);
            if !selects {
                missed.push(query.text().to_owned());
            }
        }
        if missed.is_empty() {
            return Ok(known);
        }
        let names = memory.read(Reader::all_names).await?;
        Err(PassError::Selection(missed.iter().map(|word| miss(word, proposal, &names)).collect::<Vec<_>>().join("\n")))
    }

    fn takes_entry(&self, proposal: &Proposal, at: usize, decision: &Decision) -> bool {
        let file = &proposal.files[at];
        self.takes(&file.path, file.claim.as_ref().and_then(|claim| claim.as_ref().ok()), decided(decision))
    }

    /// Leaves in the proposal only what was asked for. `known`: the files that the ledger knows by these names. The plan was made over everything, so that a second file
    /// for the same target is seen even if it was not asked for.
    pub(crate) fn narrow(&self, proposal: &mut Proposal, known: &HashSet<SourcePath>) {
        if self.is_everything() {
            return;
        }
        let entries = std::mem::take(&mut proposal.plan.entries);
        let taken = |entry: &PlanEntry| self.takes_entry(proposal, entry.file, &entry.decision);
        let entries = entries.into_iter().filter(taken).collect();
        proposal.plan.entries = entries;
        proposal.scan.unchanged.retain(|path| known.contains(path) || self.takes(path, None, None));
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

/// A name that selects nothing, in words.
fn miss(word: &str, proposal: &Proposal, names: &[String]) -> String {
    let paths = proposal.files.iter().map(|file| &file.path).chain(&proposal.scan.unchanged).map(SourcePath::as_str);
    let labels: Vec<String> =
        proposal.files.iter().filter_map(|file| Some(file.claim.as_ref()?.as_ref().ok()?.reference.label())).collect();
    let all = labels.iter().chain(names).map(String::as_str).chain(paths);
    format!("--only {word:?} selects nothing: no file, folder or target is called so.{}", did_you_mean(&near(word, all)))
}

/// The target a decision leads to.
fn decided(decision: &Decision) -> Option<&TargetId> {
    match decision {
        Decision::Held(target, _) => target.as_ref(),
        other => other.serves(),
    }
}
