//! What a pass would do, and what it knows when it says so.

use std::collections::HashMap;

use super::scan::ScanOutcome;
use crate::model::{DeliveryState, LedgerView, Problem, Reason, SourcePath, TargetKind, Timestamp};
use crate::plan::{Halt, Holds, Plan, PlannedFile};

/// What a pass would do.
#[derive(Debug, Default)]
pub(crate) struct Proposal {
    /// What the source holds.
    pub scan: ScanOutcome,
    /// The files to plan for, sorted by path.
    pub files: Vec<PlannedFile>,
    /// What the ledger held of the files to plan for.
    pub view: LedgerView,
    /// What to do.
    pub plan: Plan,
    /// Everything that the guard has against it; what stops the whole pass comes first.
    pub halts: Vec<Halt>,
    /// When the directory was asked.
    pub(super) asked_at: Timestamp,
    /// The oldest confirmation by the directory that nothing else was asked for.
    pub(super) oldest: Option<Timestamp>,
    /// The directory was asked, and nobody answered: what came instead.
    pub(super) out_of_reach: Option<Problem>,
    /// Not even by somebody in its place.
    pub(crate) unreachable: bool,
    /// Files that keep a binding which could not be confirmed now, and why.
    pub(crate) unconfirmed: Option<(usize, Problem)>,
    /// Links to what changes in the directory from now on.
    pub(super) links: Vec<(TargetKind, &'static [TargetKind], String, Timestamp)>,
    /// What the next pass is told of what this one saw, by name.
    pub(super) new_facts: Vec<(String, String)>,
    /// Whether account is kept of files that are gone; if not, and some is left from before, it ends.
    pub(super) keeps_account: bool,
}

impl Proposal {
    /// Nothing was looked at, so nothing is planned.
    pub(super) fn halted(halt: Halt) -> Self {
        Self { halts: vec![halt], keeps_account: true, ..Self::default() }
    }

    /// Why files were held, or matched by no rule, when they were looked at last: with their targets, or by themselves.
    pub(crate) fn known_problems(&self) -> HashMap<&SourcePath, Reason> {
        let with_target = self.view.targets.values().filter_map(|known| match known.state {
            DeliveryState::Blocked { reason } => Some((known.path.as_ref()?, reason)),
            _ => None,
        });
        let alone = self.view.files.iter().filter_map(|file| Some((&file.path, file.held.as_ref()?.0.reason)));
        with_target.chain(alone).collect()
    }

    /// Whether enough was seen to say that what was wrong before is right now: files that may be half written, and a
    /// directory that does not answer, prove nothing.
    pub(crate) fn is_whole(&self) -> bool {
        let few_unsettled = self.scan.unsettled * 10 <= self.scan.scanned(self.files.len());
        few_unsettled && self.out_of_reach.is_none() && self.scan.baseline.is_none()
    }

    /// Files that may still be being written: they were left as they were.
    pub(super) fn unsettled(&self) -> usize {
        self.scan.unsettled
    }

    /// What stops the whole pass, even if a person overrides what can be overridden.
    pub(crate) fn stopped_for_good(&self) -> Option<&Halt> {
        self.halts.iter().find(|halt| halt.holds == Holds::Everything && !halt.may_be_forced())
    }
}
