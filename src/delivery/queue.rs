//! What is claimed and not begun, and for how long that is all there is: a claim that found no more than what it brought
//! need not be made again until somebody is let go, a wait ends or a second has passed.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use crate::flow::LONGEST;
use crate::ledger::{Due, LedgerError, Reader};
use crate::model::{TargetId, TargetKind, Timestamp};

/// What was claimed this long ago is claimed anew: something newer may be due, which goes first.
const STALE: Duration = Duration::from_secs(1);

/// What the ledger gives.
#[derive(Debug, Default)]
pub(super) struct Claim {
    due: Vec<Due>,
    /// Nothing else was due.
    is_all: bool,
    /// So long until the next wait ends; not asked where more was due.
    next_wait: Option<Duration>,
}

impl Claim {
    /// Up to `count` targets that are due now; none of `taken`, and only some, if so asked.
    pub(super) fn read(
        reader: &Reader,
        now: Timestamp,
        count: usize,
        taken: &HashSet<TargetId>,
        only: Option<&HashSet<TargetId>>,
    ) -> Result<Self, LedgerError> {
        let due = reader.due(now, LONGEST, count, taken, only)?;
        let is_all = due.len() < count;
        let next = if is_all { reader.next_due(now, only)? } else { None };
        Ok(Self { due, is_all, next_wait: next.map(|at| at.since(now)) })
    }
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    due: VecDeque<Due>,
    /// When the last claim was made that still counts.
    claimed: Option<Duration>,
    is_all: bool,
    next_wait: Option<Duration>,
}

impl Queue {
    /// Whether it is time for another claim of `ahead` targets.
    pub(super) fn is_low(&self, ahead: usize, now: Duration) -> bool {
        let stale = self.claimed.is_none_or(|at| now.saturating_sub(at) >= STALE);
        let is_all = self.is_all && self.next_wait.is_none_or(|ends| now < ends);
        stale || (self.due.len() <= ahead / 8 && !is_all)
    }

    /// What is due, in its order; takes the place of what was claimed before.
    pub(super) fn fill(&mut self, claim: Claim, now: Duration) {
        let next_wait = claim.next_wait.map(|wait| now + wait);
        *self = Self { due: claim.due.into(), claimed: Some(now), is_all: claim.is_all, next_wait };
    }

    /// Something was written down that may be due before what was claimed.
    pub(super) fn claim_anew(&mut self) {
        self.claimed = None;
    }

    /// Somebody who was in our hands may be due once more.
    pub(super) fn let_go(&mut self) {
        self.is_all = false;
    }

    /// When the next wait ends, as the last claim saw it: one that has ended since is told until the next claim.
    pub(super) fn next_wait(&self) -> Option<Duration> {
        self.next_wait
    }

    pub(super) fn drop_kind(&mut self, kind: TargetKind) {
        self.due.retain(|due| due.target.kind() != kind);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Due> {
        self.due.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    pub(super) fn next(&mut self) -> Option<Due> {
        self.due.pop_front()
    }

    /// Those that could not be begun yet go before all others again.
    pub(super) fn put_before(&mut self, mut later: VecDeque<Due>) {
        later.append(&mut self.due);
        self.due = later;
    }
}

#[cfg(test)]
impl From<Vec<Due>> for Claim {
    fn from(due: Vec<Due>) -> Self {
        Self { due, is_all: false, next_wait: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn filled(is_all: bool, next_wait: Option<Duration>) -> Queue {
        let mut queue = Queue::default();
        queue.fill(Claim { is_all, next_wait, ..Claim::default() }, SECOND);
        queue
    }

    #[test]
    fn an_empty_queue_is_claimed_once_until_something_may_be_due() {
        assert!(Queue::default().is_low(16, SECOND), "nothing was claimed yet");
        assert!(filled(false, None).is_low(16, SECOND), "there may be more");
        let mut queue = filled(true, None);
        assert!(!queue.is_low(16, SECOND * 19 / 10), "that was all");
        assert!(queue.is_low(16, 2 * SECOND), "a second has passed");
        queue.let_go();
        assert!(queue.is_low(16, SECOND), "somebody was let go");
        let mut queue = filled(true, None);
        queue.claim_anew();
        assert!(queue.is_low(16, SECOND), "something was written down");
        let queue = filled(true, Some(SECOND / 2));
        assert!(!queue.is_low(16, SECOND * 14 / 10) && queue.is_low(16, SECOND * 3 / 2), "a wait has ended");
        // A run that heard of no wait would end here.
        assert_eq!(queue.next_wait(), Some(SECOND * 3 / 2));
    }
}
