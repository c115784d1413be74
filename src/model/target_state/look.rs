//! What is blocked for a reason that time may mend is looked at again.

use std::time::Duration;

use super::record::{Obstacle, TargetRecord, TargetState};
use crate::model::mender::Mender;
use crate::model::{Reason, Timestamp};

/// A look that met a passing fault is made again after this long at the soonest ...
const SOONEST: Duration = Duration::from_millis(100);
/// ... and this long at the latest.
const LATEST: Duration = Duration::from_secs(24 * 3600);

impl TargetRecord {
    /// Microsoft 365 refuses. A reason that stood before keeps its time, and is not hidden by a fault on the way to it; it
    /// is looked at again if time may mend it.
    pub(super) fn refuse(&mut self, obstacle: Obstacle, now: Timestamp) {
        if !self.outlasts(obstacle.problem.reason) {
            let stands = self.state == TargetState::Blocked && self.reason() == Some(obstacle.problem.reason);
            let since = if stands { self.since } else { now };
            self.block(obstacle, since);
        }
        self.plan_look(now);
    }

    /// What blocks it is looked at again every hour while its account is young, and every day from then on. What an
    /// application may do has nothing to do with the account.
    pub(super) fn plan_look(&mut self, now: Timestamp) {
        self.next_look = self.reason().and_then(|reason| {
            let known = self.account_created.filter(|_| reason != Reason::NotPermitted);
            reason.next_look(&self.label, known.unwrap_or(self.since), now)
        });
    }

    /// Whether what blocks it stands, whatever a try came to that ended with this reason.
    pub(super) fn outlasts(&self, found: Reason) -> bool {
        self.state == TargetState::Blocked && self.reason().is_some_and(|reason| reason.outlasts(found))
    }

    /// A look met a passing fault: what it was to find out stands, and it is made again.
    pub(super) fn look_again(&mut self, at: Timestamp, now: Timestamp) {
        let mends = self.reason().is_some_and(|reason| reason.mender() == Mender::Time);
        self.next_look = mends.then(|| at.clamp(now.plus(SOONEST), now.plus(LATEST)));
    }

    /// What came of another target of its kind says when it is worth while to look again.
    pub(super) fn look_at(&mut self, at: Timestamp, now: Timestamp) -> bool {
        let is_blocked = self.state == TargetState::Blocked;
        if is_blocked {
            self.look_again(at, now);
        }
        is_blocked
    }

    /// A block that nobody would look at again, though time may mend it.
    pub(super) fn overlooked(&mut self, now: Timestamp) -> bool {
        let forgotten = self.state == TargetState::Blocked && self.next_look.is_none();
        if forgotten {
            self.plan_look(now);
        }
        forgotten && self.next_look.is_some()
    }
}
