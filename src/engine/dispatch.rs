//! The upload queue at work: claims what is due, keeps the pace, delivers several at once, records each outcome.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::deliver::Tried;
use super::outcome::problem;
use crate::flow::{Pacer, Verdict};
use crate::graph::{Class, Failure};
use crate::ledger::{Attempt, Due, Ledger, LedgerError};
use crate::model::{ObjectId, Outcome, Problem, TargetId, TargetKind};

/// Uploads in flight for one mailbox: Outlook's limit for an application.
const PER_MAILBOX: usize = 4;
/// Refusals of one kind in a row, for want of a permission, that stop the kind.
const FORBIDDEN: u32 = 5;
/// Targets claimed ahead at most, whatever the pace.
const AHEAD: usize = 512;

/// When to stop.
#[derive(Clone, Debug)]
pub struct Until {
    /// A wait longer than this ends the run; a pause that Graph asked for is waited out in any case.
    pub patience: Duration,
    /// The run ends after this long.
    pub max_duration: Option<Duration>,
    /// The run ends after so many deliveries.
    pub limit: Option<u64>,
    /// Cancelled by a signal: what is in flight is finished, nothing new begins.
    pub cancelled: CancellationToken,
}

/// Why the run ended early.
#[derive(Clone, Debug)]
pub enum Stop {
    /// Sign-in fails, or Graph refuses the token: nothing can be delivered.
    SignIn(Problem),
    /// The time given is over.
    OutOfTime,
    /// The number of deliveries given is reached.
    Limit,
    /// A signal came.
    Cancelled,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Photos delivered in this run.
    pub delivered: u64,
    /// Tries that ended in a wait or a block.
    pub failed: u64,
    /// Photos delivered, due or waiting when the run began.
    pub total: u64,
    /// Uploads per second allowed at the moment.
    pub rate: f64,
    /// Seconds until a pause that Graph asked for is over.
    pub paused_s: u64,
}

/// What a run did.
#[derive(Debug, Default)]
pub(super) struct Dispatched {
    pub(super) delivered: u64,
    pub(super) removed: u64,
    pub(super) superseded: u64,
    pub(super) forbidden: bool,
    pub(super) stop: Option<Stop>,
}

impl Engine {
    /// Delivers until nothing is due and no wait ends soon.
    pub(super) async fn dispatch(
        &self,
        ledger: &Ledger,
        pass: i64,
        only: Option<Arc<HashSet<TargetId>>>,
        until: &Until,
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<Dispatched, LedgerError> {
        let now = self.clock.elapsed();
        let counts = ledger.counts().await?;
        let mut run = Run {
            engine: self,
            ledger,
            pass,
            only,
            until,
            deadline: until.max_duration.map(|span| now + span),
            pacer: Pacer::new(self.upload.pace, now),
            queue: VecDeque::new(),
            flying: JoinSet::new(),
            in_flight: HashSet::new(),
            mailboxes: HashMap::new(),
            forbidden: HashMap::new(),
            to_stop: Vec::new(),
            pause_ends: None,
            offline_since: None,
            progress: Progress { total: u64::from(counts.due) + u64::from(counts.waiting), ..Progress::default() },
            done: Dispatched::default(),
        };
        let outcome = run.turn(tell).await;
        // Whatever ended the run: what is in flight is let finish, so that its outcome is known.
        while let Some(landed) = run.flying.join_next().await {
            if let Ok(landed) = landed {
                run.landed(landed?);
            }
        }
        tell(run.progress);
        outcome.map(|()| run.done)
    }
}

/// A photo that has landed: what was tried and what came of it, recorded already.
type Landed = (Due, Tried);

struct Run<'a> {
    engine: &'a Engine,
    ledger: &'a Ledger,
    pass: i64,
    only: Option<Arc<HashSet<TargetId>>>,
    until: &'a Until,
    deadline: Option<Duration>,
    pacer: Pacer,
    /// Claimed and not sent yet.
    queue: VecDeque<Due>,
    flying: JoinSet<Result<Landed, LedgerError>>,
    in_flight: HashSet<TargetId>,
    mailboxes: HashMap<ObjectId, usize>,
    /// Refusals in a row for want of a permission, by kind.
    forbidden: HashMap<TargetKind, u32>,
    /// Kinds that have just been found forbidden, and why.
    to_stop: Vec<(TargetKind, Problem)>,
    /// When the longest pause that Graph asked for ends.
    pause_ends: Option<Duration>,
    /// Since when nothing can be reached. Such tries are nobody's, so no target's delay grows out of patience by them.
    offline_since: Option<Duration>,
    progress: Progress,
    done: Dispatched,
}

impl Run<'_> {
    async fn turn(&mut self, tell: &(dyn Fn(Progress) + Sync)) -> Result<(), LedgerError> {
        loop {
            let now = self.engine.clock.elapsed();
            if let Some(stop) = self.stop_now(now) {
                self.done.stop = Some(stop);
                return Ok(());
            }
            if self.offline_since.is_some_and(|since| now.saturating_sub(since) >= self.until.patience) {
                return Ok(());
            }
            self.stop_kinds().await?;
            self.refill().await?;
            let mut wake = self.launch(now);
            self.progress.rate = self.pacer.rate();
            self.progress.paused_s = self.pause_ends.map_or(0, |ends| ends.saturating_sub(now).as_secs());
            tell(self.progress);
            if self.queue.is_empty() {
                wake = self.next_wait(now).await?;
                if wake.is_none() && self.flying.is_empty() {
                    return Ok(());
                }
            }
            let sleep = wake.map_or(Duration::from_secs(3600), |at| at.saturating_sub(now));
            let sleep = self.deadline.map_or(sleep, |deadline| sleep.min(deadline.saturating_sub(now)));
            tokio::select! {
                Some(landed) = self.flying.join_next() => {
                    if let Ok(landed) = landed {
                        self.landed(landed?);
                    }
                    // Take what else has landed: the ledger answers a whole group at once.
                    while let Some(landed) = self.flying.try_join_next() {
                        if let Ok(landed) = landed {
                            self.landed(landed?);
                        }
                    }
                }
                () = tokio::time::sleep(sleep) => {}
                () = self.until.cancelled.cancelled() => {}
            }
        }
    }

    fn stop_now(&self, now: Duration) -> Option<Stop> {
        if self.until.cancelled.is_cancelled() {
            return Some(Stop::Cancelled);
        }
        if let Some(Stop::SignIn(problem)) = &self.done.stop {
            return Some(Stop::SignIn(problem.clone()));
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Some(Stop::OutOfTime);
        }
        self.until.limit.filter(|limit| self.done.delivered >= *limit).map(|_| Stop::Limit)
    }

    /// Blocks what is left of a kind that the application may not write to.
    async fn stop_kinds(&mut self) -> Result<(), LedgerError> {
        for (kind, problem) in std::mem::take(&mut self.to_stop) {
            tracing::error!(target.kind = %kind, "No photo of this kind can be delivered: {}", problem.cure);
            self.queue.retain(|due| due.target.kind() != kind);
            self.ledger.block_kind(kind, problem, self.engine.clock.now()).await?;
        }
        Ok(())
    }

    /// Claims what is due, about half a second's worth ahead: what changes meanwhile comes first then.
    async fn refill(&mut self) -> Result<(), LedgerError> {
        let concurrency = self.engine.upload.concurrency;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped by AHEAD")]
        let ahead = ((self.pacer.rate() / 2.0) as usize).clamp(concurrency * 2, AHEAD);
        if self.queue.len() > ahead / 2 {
            return Ok(());
        }
        let mut taken: HashSet<TargetId> = self.in_flight.clone();
        taken.extend(self.queue.iter().map(|due| due.target.clone()));
        let found = self.ledger.due(self.engine.clock.now(), ahead, taken, self.only.clone()).await?;
        self.queue.extend(found);
        Ok(())
    }

    /// Sends what the pace and the limits let go; says when to ask again.
    fn launch(&mut self, now: Duration) -> Option<Duration> {
        let mut wake: Option<Duration> = None;
        let mut later = VecDeque::new();
        while self.in_flight.len() < self.engine.upload.concurrency {
            let left = self.until.limit.map(|limit| limit.saturating_sub(self.done.delivered));
            if left.is_some_and(|left| self.in_flight.len() as u64 >= left) {
                break;
            }
            let Some(due) = self.queue.pop_front() else { break };
            if mailbox(&due.target).is_some_and(|mailbox| self.mailboxes.get(mailbox).is_some_and(|count| *count >= PER_MAILBOX))
            {
                later.push_back(due);
                continue;
            }
            match self.pacer.ask(due.target.kind(), now) {
                Verdict::Go => self.send(due),
                Verdict::At { at, kind_only } => {
                    wake = Some(wake.map_or(at, |wake| wake.min(at)));
                    later.push_back(due);
                    if !kind_only {
                        break;
                    }
                }
            }
        }
        while let Some(due) = later.pop_back() {
            self.queue.push_front(due);
        }
        wake
    }

    fn send(&mut self, due: Due) {
        self.in_flight.insert(due.target.clone());
        if let Some(mailbox) = mailbox(&due.target) {
            *self.mailboxes.entry(mailbox.clone()).or_default() += 1;
        }
        let (engine, ledger, pass) = (self.engine.clone(), self.ledger.clone(), self.pass);
        self.flying.spawn(async move {
            let tried = engine.deliver(&due).await;
            // Sign-in trouble is nobody's try: the photo stays due.
            if tried.failure.as_ref().is_none_or(|failure| failure.class != Class::SignIn) {
                let (outcome, trace) = (tried.outcome.clone(), tried.trace.clone());
                // The place in flight is freed only when the outcome is on the disk: after a crash no more than
                // what was in flight is sent twice.
                ledger.record(Attempt { due: due.clone(), pass, at: engine.clock.now(), outcome, trace }).await?;
            }
            Ok((due, tried))
        });
    }

    fn landed(&mut self, (due, tried): Landed) {
        let now = self.engine.clock.elapsed();
        self.in_flight.remove(&due.target);
        if let Some(count) = mailbox(&due.target).and_then(|mailbox| self.mailboxes.get_mut(mailbox)) {
            *count = count.saturating_sub(1);
        }
        match &tried.failure {
            Some(failure) if failure.class == Class::Offline => _ = self.offline_since.get_or_insert(now),
            _ if tried.trace.status.is_some() => self.offline_since = None,
            _ => {}
        }
        match &tried.outcome {
            Outcome::Delivered { .. } => {
                self.done.delivered += 1;
                self.progress.delivered += 1;
                self.forbidden.remove(&due.target.kind());
                self.pacer.accepted(now);
            }
            Outcome::Removed => {
                self.done.removed += 1;
                self.pacer.accepted(now);
            }
            Outcome::NotOurs => {}
            Outcome::Superseded => self.done.superseded += 1,
            Outcome::Wait { .. } | Outcome::Blocked { .. } => self.progress.failed += 1,
        }
        if let Some(failure) = &tried.failure {
            self.heed(&due, failure, &tried.outcome, now);
        }
    }

    /// What a failure means for the others.
    fn heed(&mut self, due: &Due, failure: &Failure, outcome: &Outcome, now: Duration) {
        tracing::warn!(
            target.id = %due.target, reason = %failure.reason(), status = failure.status, code = failure.code,
            request_id = failure.request_id, "A photo was not delivered: {failure}"
        );
        let kind = due.target.kind();
        match failure.class {
            Class::SignIn => self.done.stop = Some(Stop::SignIn(problem(failure))),
            Class::Throttled => {
                if let Outcome::Wait { until, .. } = outcome {
                    let wait = until.since(self.engine.clock.now());
                    self.pacer.refused(None, wait, now);
                    self.pause_ends = Some(self.pause_ends.unwrap_or_default().max(now + wait));
                }
            }
            Class::Transient if failure.status == Some(503) => {
                self.pacer.refused(None, failure.retry_after.unwrap_or_default(), now);
            }
            Class::KindForbidden => {
                self.done.forbidden = true;
                let count = self.forbidden.entry(kind).or_default();
                *count += 1;
                if *count == FORBIDDEN {
                    self.to_stop.push((kind, problem(failure)));
                }
            }
            _ => {}
        }
    }

    /// When the next wait ends that is worth waiting for.
    async fn next_wait(&self, now: Duration) -> Result<Option<Duration>, LedgerError> {
        let Some(due_at) = self.ledger.next_due(self.only.clone()).await? else { return Ok(None) };
        let wait = due_at.since(self.engine.clock.now());
        let worth = self
            .until
            .patience
            .max(self.pause_ends.map_or(Duration::ZERO, |ends| ends.saturating_sub(now) + Duration::from_secs(1)));
        Ok((wait <= worth).then_some(now + wait))
    }
}

fn mailbox(target: &TargetId) -> Option<&ObjectId> {
    match target {
        TargetId::Contact { owner, .. } => owner.as_ref(),
        _ => None,
    }
}
