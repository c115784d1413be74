//! Where backups stand that are to go back to their targets.

use std::time::Duration;

use super::held::HeldItem;
use crate::ledger::{LedgerError, Reader, Returning};
use crate::model::{DeliveryState, Reason, TargetId, Timestamp};

/// Where they stand: each is restored, not ours, waiting or blocked.
#[derive(Debug, Default)]
pub(crate) struct Returns {
    /// It is back.
    pub restored: u64,
    /// There was no photo before ours, and now there is one of somebody else's, which stays.
    pub not_ours: usize,
    /// It is still to go back, now or at a known time.
    pub waiting: usize,
    /// It can't go back.
    pub blocked: usize,
    /// Of those that wait: due, or due soon.
    pub soon: usize,
}

impl Returns {
    /// Those of these targets, from pass `pass` on; soon is within `patience` from now.
    pub(crate) fn read(
        reader: &Reader,
        targets: &[TargetId],
        pass: i64,
        patience: Duration,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let mut returns = Self::default();
        for Returning { open, not_ours } in reader.returning(targets, pass)? {
            match open {
                None if not_ours => returns.not_ours += 1,
                None => returns.restored += 1,
                Some(DeliveryState::Blocked { .. }) => returns.blocked += 1,
                Some(DeliveryState::Waiting { until, .. }) if until.since(now) > patience => returns.waiting += 1,
                Some(_) => {
                    returns.waiting += 1;
                    returns.soon += 1;
                }
            }
        }
        Ok(returns)
    }

    /// What stands in the way of these targets.
    pub(crate) fn problems(reader: &Reader, targets: &[TargetId]) -> Result<Vec<HeldItem>, LedgerError> {
        let held = reader.held()?.into_iter().filter(|row| row.problem.reason != Reason::Restored);
        let theirs = held.filter(|row| row.target.as_ref().is_some_and(|target| targets.contains(target)));
        Ok(theirs.map(HeldItem::from).collect())
    }
}
