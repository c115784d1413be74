//! What a person decides about a target: try it again, let HR's photo go, it is taken out, put a backup back.

use super::record::{Desired, Failures, KeptPhoto, TargetRecord, TargetState};
use crate::model::{Problem, Reason, Timestamp};

impl TargetRecord {
    pub(super) fn retried(&mut self, now: Timestamp) -> bool {
        let stuck = matches!(self.state, TargetState::Blocked | TargetState::Waiting(_));
        let may_go = match &self.desired {
            Desired::Former { .. } => true,
            Desired::Photo(_) => !matches!(self.reason(), Some(Reason::Restored | Reason::UserPhoto)),
            Desired::Nothing => self.held.delivered.is_some() && self.reason() != Some(Reason::RemovalNotPossible),
        };
        if !stuck || !may_go {
            return false;
        }
        self.generation.0 += 1;
        (self.state, self.since, self.desired_at, self.failures) = (TargetState::Due, now, now, Failures::default());
        true
    }

    /// What was kept goes no more; what is blocked for it alone is due. Where no file wants anything, nothing is to be done:
    /// a yes to HR's photo is no removal.
    pub(super) fn accepted(&mut self, now: Timestamp) -> bool {
        if self.kept.take().is_none() {
            return false;
        }
        let was_kept = matches!(self.reason(), Some(Reason::Restored | Reason::UserPhoto));
        if self.desired.version().is_none() && self.is_open() {
            self.let_go(now);
            (self.path, self.desired) = (None, Desired::Nothing);
            self.next(TargetState::Released, now);
            return true;
        }
        self.desired = std::mem::take(&mut self.desired).without_backup();
        self.generation.0 += 1;
        if was_kept {
            self.obstacle = None;
            if self.state == TargetState::Blocked {
                self.state = TargetState::Due;
            }
        }
        true
    }

    /// Whether a person's yes is waited for, other than to whom a name leads.
    pub(crate) fn awaits_a_yes(&self) -> bool {
        self.kept.is_some() || self.is_to_be_taken_out()
    }

    /// Whether only a person can take our photo out.
    pub(crate) fn is_to_be_taken_out(&self) -> bool {
        self.reason() == Some(Reason::RemovalNotPossible)
    }

    /// Our photo is gone. What was to be put back, and was no photo, is back by that: the file's photo goes there no more
    /// than after any other undo.
    pub(super) fn taken_out(&mut self, now: Timestamp) -> bool {
        if !self.is_to_be_taken_out() {
            return false;
        }
        self.held.sent = None;
        if self.desired.backup().is_some() {
            self.generation.0 += 1;
            self.put_back(true, now);
            return true;
        }
        self.hold_nothing(now);
        true
    }

    /// Nothing of ours is there, and nothing is wanted.
    pub(super) fn hold_nothing(&mut self, now: Timestamp) {
        self.held.forget();
        (self.held.sent, self.held.unconfirmed, self.kept) = (None, false, None);
        (self.path, self.desired) = (None, Desired::Nothing);
        self.next(TargetState::Released, now);
    }

    pub(super) fn restore(&mut self, backup: i64, now: Timestamp) {
        let instead_of = self.desired.version().cloned();
        let digest = instead_of.as_ref().or(self.held.delivered.as_ref().map(|delivered| &delivered.version));
        self.kept = Some(KeptPhoto { reason: Reason::Restored, digest: digest.map(|version| version.digest) });
        (self.desired, self.desired_at) = (Desired::Former { backup, instead_of }, now);
        self.next(TargetState::Due, now);
    }
}

/// Our photo is to go, and the one that is there is not known as ours: only a person can see whose it is.
pub(crate) fn nobody_can_tell() -> Problem {
    Problem::new(
        Reason::RemovalNotPossible,
        "our photo is to be taken out, and nobody can tell whether the one in the tenant is ours: an upload was never answered, or what Graph calls our photo (its ETag) could not be read. It stays",
    )
    .with_cure(
        "Look at the photo in Microsoft 365 and take it out by hand if it is the one that HR gave; then run `photosyncd accept TARGET`. If it is the person's own, that alone will do.",
    )
}
