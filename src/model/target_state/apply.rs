//! What each event makes of a target. The only place that decides about one target.

use super::by_hand::nobody_can_tell;
use super::event::{Event, Tried, Wanted};
use super::record::{
    AnswerCode, Compared, Delivered, Desired, DriftKind, Failures, KeptPhoto, Obstacle, TargetRecord, TargetState,
};
use crate::model::{Arrival, DriftPolicy, Generation, Problem, Reason, Timestamp};

impl TargetRecord {
    /// A target that is planned for for the first time.
    pub(crate) fn first(wanted: Wanted, now: Timestamp) -> Self {
        let mut record = Self::default();
        record.apply(Event::Desire(wanted), now);
        record
    }

    /// Takes in what happened. Says whether it concerned the target as it stands now: a late outcome of an older wish
    /// changes only what is known of the tenant.
    pub(crate) fn apply(&mut self, event: Event, now: Timestamp) -> bool {
        let concerned = self.take(event, now);
        if self.state != TargetState::Blocked {
            self.next_look = None;
        }
        concerned
    }

    fn take(&mut self, event: Event, now: Timestamp) -> bool {
        match event {
            Event::Desire(wanted) => self.desire(wanted, now),
            Event::AlreadyInStep(wanted) => {
                self.identify(wanted);
                self.next(TargetState::InStep, now);
            }
            Event::Hold { problem, path } => self.hold(problem, path, now),
            Event::Keep(wanted, problem) => self.keep(wanted, problem, now),
            Event::Remove => return self.remove(now),
            Event::Release => return self.release(now),
            Event::Returned => return self.returned(now),
            Event::RemovalNotPossible(problem) => {
                self.generation.0 += 1;
                self.block(problem.into(), now);
            }
            Event::Attempt { generation, tried, arrival, answer } => {
                return self.attempt(generation, tried, arrival, answer, now);
            }
            Event::Forgiven { generation, resumes } => return self.forgiven(generation, resumes, now),
            Event::KindForbidden(problem) => {
                let stands = matches!(self.state, TargetState::Due | TargetState::Waiting(_));
                if stands {
                    self.let_go(now);
                    self.refuse(problem.into(), now);
                }
                return stands;
            }
            Event::LookAt(at) => return self.look_at(at, now),
            Event::AccountCreated(at) => self.account_created = Some(at),
            Event::CutOff => return self.cut_off(now),
            Event::Overlooked => return self.overlooked(now),
            Event::Retried => return self.retried(now),
            Event::Accepted => return self.accepted(now),
            Event::TakenOut => return self.taken_out(now),
            Event::ObjectGone => self.hold_nothing(now),
            Event::Restore(backup) => self.restore(backup, now),
            Event::Matches { generation, learned } => {
                if generation != self.generation {
                    return false;
                }
                self.compared = Compared { at: Some(now), drift: None };
                self.held.baseline_etag = learned.or(self.held.baseline_etag.take());
            }
            Event::Differs { generation, drift, policy, problem } => {
                return self.differs(generation, drift, policy, problem, now);
            }
        }
        true
    }

    /// A new wish starts afresh: its tries, its reasons. One for what was delivered before calls off a removal or another
    /// picture, and may come too late for that: nobody knows then what the tenant holds.
    fn desire(&mut self, wanted: Wanted, now: Timestamp) {
        self.account_created = wanted.account_created.or(self.account_created);
        self.held.uncertain |= self.delivered_is(&wanted.version);
        if self.state != TargetState::InStep {
            self.held.sent = None;
        }
        let Wanted { label, path, version, .. } = wanted;
        (self.label, self.path, self.desired, self.desired_at) = (label, Some(path), Desired::Photo(version), now);
        self.next(TargetState::Due, now);
    }

    /// The file identifies the target and wants its version there; a backup that goes first still does.
    fn identify(&mut self, Wanted { label, path, version, account_created }: Wanted) {
        self.account_created = account_created.or(self.account_created);
        (self.label, self.path) = (label, Some(path));
        self.desired = match std::mem::take(&mut self.desired) {
            Desired::Former { backup, .. } => Desired::Former { backup, instead_of: Some(version) },
            _ => Desired::Photo(version),
        };
    }

    /// A hold that is the same as before keeps its time. That it could not be found out how a target stands is no news of
    /// what blocks it.
    fn hold(&mut self, problem: Problem, path: Option<crate::model::SourcePath>, now: Timestamp) {
        if self.outlasts(problem.reason) {
            if path.is_some() && path != self.path {
                self.let_go(now);
                self.generation.0 += 1;
                self.path = path;
            }
            return;
        }
        self.let_go(now);
        let stands = self.state == TargetState::Blocked && self.reason() == Some(problem.reason);
        let since = if stands { self.since } else { now };
        self.generation.0 += 1;
        self.path = path.or(self.path.take());
        self.block(problem.into(), since);
    }

    /// What is still to be put back goes first.
    fn keep(&mut self, wanted: Wanted, mut problem: Problem, now: Timestamp) {
        if let (Reason::UserPhoto, Some((found, _))) = (problem.reason, self.compared.drift) {
            problem.detail = format!("{}; kept until the file changes", found.words());
        }
        self.let_go(now);
        self.identify(wanted);
        self.generation.0 += 1;
        if self.desired.backup().is_some() {
            (self.state, self.since, self.obstacle) = (TargetState::Due, now, None);
        } else {
            self.block(problem.into(), now);
        }
    }

    /// A removal is a wish for nothing; one that is under way already stays as it is.
    fn remove(&mut self, now: Timestamp) -> bool {
        if self.is_open() && self.desired.version().is_none() {
            return false;
        }
        if self.may_be_on_its_way(now) {
            self.let_go(now);
        }
        (self.desired, self.desired_at) = (Desired::Nothing, now);
        self.next(TargetState::Due, now);
        true
    }

    fn release(&mut self, now: Timestamp) -> bool {
        if self.desired.backup().is_some() {
            return false;
        }
        self.let_go(now);
        (self.path, self.desired) = (None, Desired::Nothing);
        self.next(TargetState::Released, now);
        true
    }

    fn returned(&mut self, now: Timestamp) -> bool {
        if self.desired.version().is_some() || self.path.is_some() || self.state == TargetState::Released {
            return false;
        }
        self.held.uncertain = true;
        self.next(TargetState::Released, now);
        true
    }

    fn attempt(&mut self, generation: Generation, tried: Tried, arrival: Arrival, answer: AnswerCode, now: Timestamp) -> bool {
        let stands = generation == self.generation;
        if arrival == Arrival::Unknown && matches!(tried, Tried::Wait { .. } | Tried::Blocked(_)) {
            self.held.unconfirmed = true;
        }
        match tried {
            Tried::Delivered { version, etag, sent, note } => {
                let wanted = self.desired == Desired::Photo(version.clone());
                self.held.delivered = Some(Delivered { version, at: Some(now) });
                (self.held.etag, self.held.baseline_etag, self.held.sent, self.held.note) = (etag, None, sent, note);
                // The same is on its way once more, and gets another name.
                let comes_again = !stands && wanted && self.is_open();
                (self.held.uncertain, self.held.unconfirmed) = (comes_again, false);
                self.compared = Compared::default();
                self.settle(stands && wanted, now);
            }
            Tried::Same(version) => {
                let wanted = self.desired == Desired::Photo(version.clone());
                let at = self.held.delivered.take().and_then(|delivered| delivered.at);
                self.held.delivered = Some(Delivered { version, at });
                self.settle(stands && wanted, now);
            }
            Tried::PutBack => self.put_back(stands, now),
            // Nothing was learned of it, so that what is known stands, and a person is told.
            Tried::NotOurs if self.held.may_go_by_another_name() => {
                if stands {
                    (self.path, self.desired) = (None, Desired::Nothing);
                    self.block(nobody_can_tell().into(), now);
                }
            }
            Tried::Removed | Tried::NotOurs => {
                let baseline_etag = self.held.baseline_etag.take();
                self.held = super::record::Held { baseline_etag, ..super::record::Held::default() };
                self.compared.drift = None;
                if stands {
                    (self.path, self.desired) = (None, Desired::Nothing);
                    self.stand(TargetState::Released, now);
                }
            }
            Tried::Wait { until, problem, counts } if stands && self.outlasts(problem.reason) => {
                if counts {
                    self.fail(now);
                }
                self.look_again(until, now);
            }
            Tried::Wait { until, problem, counts } if stands => {
                if !matches!(self.state, TargetState::Waiting(_)) {
                    self.since = now;
                }
                self.state = TargetState::Waiting(until);
                if counts {
                    self.fail(now);
                }
                self.obstacle = Some(Obstacle { problem, answer });
            }
            Tried::Blocked(problem) if stands => {
                // Who was seen to have another photo was sent nothing.
                if problem.reason != Reason::HasPhoto {
                    self.doubt_other();
                }
                self.fail(now);
                self.refuse(Obstacle { problem, answer }, now);
            }
            // A look that could not be made: the pass that follows says whether another picture is wanted.
            Tried::Superseded if stands && self.outlasts(Reason::FileChanging) => self.plan_look(now),
            Tried::Superseded if stands => {
                self.doubt_other();
                self.block(
                    Problem::new(Reason::FileChanging, "the file, or whom its name leads to, changed since it was looked at")
                        .into(),
                    now,
                );
            }
            Tried::Wait { .. } | Tried::Blocked(_) | Tried::Superseded => {}
        }
        stands
    }

    /// What is wanted is there, if it is still what was tried.
    fn settle(&mut self, stands: bool, now: Timestamp) {
        if stands {
            self.kept = None;
            self.stand(TargetState::InStep, now);
        }
    }

    /// A backup is back in its place: the tenant holds nothing of ours, and keeps what it holds.
    pub(super) fn put_back(&mut self, stands: bool, now: Timestamp) {
        self.held.forget();
        self.held.unconfirmed = false;
        self.compared.drift = None;
        if !stands {
            return;
        }
        self.desired = std::mem::take(&mut self.desired).without_backup();
        if self.desired.version().is_none() {
            self.stand(TargetState::Released, now);
        } else {
            self.failures = Failures::default();
            self.block(Problem::new(Reason::Restored, "put back by hand; kept until the file changes").into(), now);
        }
    }

    fn forgiven(&mut self, generation: Generation, resumes: bool, now: Timestamp) -> bool {
        // What everybody was refused was refused to nobody. A removal waits for its look: nothing but a pass makes one due.
        let is_refused = self.state == TargetState::Blocked
            && self.failures.tries > 0
            && self.desired.version().is_some()
            && self.reason().is_some_and(Reason::may_be_of_all);
        let stands = generation == self.generation && (is_refused || matches!(self.state, TargetState::Waiting(_)));
        if stands {
            // What Graph asked to wait for, or what needs its time, does.
            let is_accident = self.reason() == Some(Reason::Transient);
            if let TargetState::Waiting(until) = &mut self.state
                && resumes
                && is_accident
            {
                *until = now.min(*until);
            }
            if is_refused {
                (self.state, self.since, self.obstacle) = (TargetState::Due, now, None);
            }
            if self.failures.tries <= 1 {
                self.failures.since = None;
            }
            self.failures.tries = self.failures.tries.saturating_sub(1);
        }
        stands
    }

    /// What was due when the program ended, or could not end, may have been on its way.
    fn cut_off(&mut self, now: Timestamp) -> bool {
        let concerns = self.may_be_on_its_way(now) && self.desired.version().is_some() && !self.held.unconfirmed;
        self.held.unconfirmed |= concerns;
        concerns
    }

    /// What is due may be on its way: that is not a state of the ledger.
    fn may_be_on_its_way(&self, now: Timestamp) -> bool {
        match self.state {
            TargetState::Due => true,
            TargetState::Waiting(until) => until <= now,
            TargetState::Blocked => self.next_look.is_some_and(|look| look <= now),
            TargetState::InStep | TargetState::Released => false,
        }
    }

    fn differs(
        &mut self,
        generation: Generation,
        drift: DriftKind,
        policy: DriftPolicy,
        problem: Problem,
        now: Timestamp,
    ) -> bool {
        if generation != self.generation {
            return false;
        }
        let since = self.compared.drift.filter(|(before, _)| *before == drift).map_or(now, |(_, since)| since);
        self.compared = Compared { at: Some(now), drift: Some((drift, since)) };
        if policy == DriftPolicy::Report {
            return true;
        }
        // The tenant holds nothing of ours any more.
        self.held.forget();
        self.failures = Failures::default();
        self.generation.0 += 1;
        if policy == DriftPolicy::UserWins && problem.reason == Reason::HasPhoto {
            self.block(problem.into(), now);
            self.plan_look(now);
        } else if policy == DriftPolicy::UserWins {
            let digest = self.desired.version().map(|version| version.digest);
            self.kept = Some(KeptPhoto { reason: Reason::UserPhoto, digest });
            self.block(problem.into(), now);
        } else {
            (self.state, self.since, self.desired_at) = (TargetState::Due, now, now);
        }
        true
    }

    /// Another wish, or none, from now on: whatever stood in the way of the one before counts no more.
    pub(super) fn next(&mut self, state: TargetState, now: Timestamp) {
        self.generation.0 += 1;
        self.stand(state, now);
    }

    fn stand(&mut self, state: TargetState, now: Timestamp) {
        (self.state, self.since, self.failures, self.obstacle) = (state, now, Failures::default(), None);
    }

    pub(super) fn block(&mut self, obstacle: Obstacle, since: Timestamp) {
        (self.state, self.since, self.obstacle) = (TargetState::Blocked, since, Some(obstacle));
        self.next_look = None;
    }

    fn fail(&mut self, now: Timestamp) {
        self.failures.tries = self.failures.tries.saturating_add(1);
        self.failures.since.get_or_insert(now);
    }

    /// A wish ends without having heard what came of it: what it was for may be there now, and if it was what was delivered
    /// before, by another name.
    pub(super) fn let_go(&mut self, now: Timestamp) {
        self.held.uncertain |= self.desired.version().is_some() && self.may_be_on_its_way(now);
        self.doubt_other();
    }

    /// Something else than what was delivered was tried, and may be there.
    fn doubt_other(&mut self) {
        let delivered = self.held.delivered.as_ref().map(|delivered| &delivered.version);
        self.held.uncertain |= self.is_open() && self.desired.version() != delivered;
    }

    /// Something is still to be done, or could not be.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, TargetState::Due | TargetState::Waiting(_) | TargetState::Blocked)
    }

    fn delivered_is(&self, version: &crate::model::PhotoVersion) -> bool {
        self.held.delivered.as_ref().is_some_and(|delivered| delivered.version == *version)
    }

    pub(super) fn reason(&self) -> Option<Reason> {
        self.obstacle.as_ref().map(|obstacle| obstacle.problem.reason)
    }
}
