//! Photos that only a person can take out: all that are left so, and those of them that are gone with their object.

use std::collections::HashSet;

use super::pass_error::PassError;
use super::propose::Proposer;
use crate::ledger::{LedgerSource, Reader, TargetRow};
use crate::model::TargetId;
use crate::plan::{ByHand, Plan};

impl Proposer {
    /// Adds to a plan what earlier passes left to a person and nothing in it decides about. `asks`: whether the directory is
    /// asked which of all these objects are still there; a photo is gone with its account, group or contact.
    pub(super) async fn settle_by_hand(&self, memory: LedgerSource<'_>, asks: bool, plan: &mut Plan) -> Result<(), PassError> {
        let rows = memory.read(Reader::left_to_a_person).await?;
        let standing = standing(rows, plan);
        let by_hand = &mut plan.departures.by_hand;
        by_hand.extend(standing);
        // A simulated tenant inside this process knows nobody before a file names them.
        if by_hand.is_empty() || !asks || self.directory.tenant.embedded.is_some() {
            return Ok(());
        }
        let gone = self.directory.gone(by_hand.iter().map(|by_hand| &by_hand.target)).await;
        let gone = by_hand.extract_if(.., |by_hand| gone.contains(&by_hand.target));
        plan.departures.with_object.extend(gone.map(|by_hand| by_hand.target));
        Ok(())
    }
}

/// What stands as it did: no file serves it, and the plan neither holds, removes nor releases it.
fn standing(rows: Vec<TargetRow>, plan: &Plan) -> Vec<ByHand> {
    if rows.is_empty() {
        return Vec::new();
    }
    let served = plan.entries.iter().filter_map(|entry| entry.decision.serves());
    let held = plan.holds.iter().map(|hold| &hold.target);
    let removed = plan.removals.iter().map(|removal| &removal.target);
    let released = plan.releases.iter().map(|release| &release.target);
    let decided: HashSet<&TargetId> = served.chain(held).chain(removed).chain(released).collect();
    let open = rows.into_iter().filter(|row| !decided.contains(&row.target));
    open.filter_map(|TargetRow { target, label, problem, .. }| Some(ByHand { target, label, problem: problem?, standing: true }))
        .collect()
}
