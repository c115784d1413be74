//! Until when Graph asked to wait: nothing new leaves before, and what was let go and has not left goes back.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::graph::{Class, Failure, ThrottleScope};
use crate::model::{ObjectId, TargetId};

/// Of everybody, and of single mailboxes.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    all: Duration,
    mailboxes: HashMap<ObjectId, Duration>,
}

impl Pauses {
    pub(super) fn pause(&mut self, until: Duration) {
        self.all = self.all.max(until);
    }

    /// An answer for `target` asked to wait, or did not. Whoever is on the way hears of it before the queue has time for it.
    pub(super) fn heard(&mut self, target: &TargetId, failure: &Failure, now: Duration) {
        let Failure { class: Class::Throttled, retry_after: Some(wait), throttle_scope, .. } = failure else { return };
        let until = now + *wait;
        if *throttle_scope != Some(ThrottleScope::Mailbox) {
            self.pause(until);
        } else if let Some(owner) = mailbox(target) {
            self.pause_mailbox(owner.clone(), until);
        }
    }

    pub(super) fn pause_mailbox(&mut self, owner: ObjectId, until: Duration) {
        let paused = self.mailboxes.entry(owner).or_default();
        *paused = until.max(*paused);
    }

    /// When everybody's ends, if it runs.
    pub(super) fn of_all(&self, now: Duration) -> Option<Duration> {
        Some(self.all).filter(|until| *until > now)
    }

    /// When this mailbox's own ends, if it runs.
    pub(super) fn of_mailbox(&self, owner: &ObjectId, now: Duration) -> Option<Duration> {
        self.mailboxes.get(owner).copied().filter(|until| *until > now)
    }

    /// When this target may be written to again, if it may not be now.
    pub(super) fn of(&self, target: &TargetId, now: Duration) -> Option<Duration> {
        self.of_all(now).max(mailbox(target).and_then(|owner| self.of_mailbox(owner, now)))
    }
}

/// Comes when this target has to wait, at once if it does; says until when.
pub(super) async fn paused(pauses: &mut watch::Receiver<Pauses>, target: &TargetId, clock: &Clock) -> Duration {
    let told = pauses.wait_for(|pauses| pauses.of(target, clock.elapsed()).is_some()).await;
    let until = told.map(|pauses| pauses.of(target, Duration::ZERO).unwrap_or_default()).ok();
    match until {
        Some(until) => until,
        // Whoever would tell is gone.
        None => std::future::pending().await,
    }
}

/// Whose mailbox a contact lies in.
pub(super) fn mailbox(target: &TargetId) -> Option<&ObjectId> {
    match target {
        TargetId::Contact { owner, .. } => owner.as_ref(),
        _ => None,
    }
}
