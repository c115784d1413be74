//! The upload queue at work: claims what is due, prepares ahead, sends as the scheduler allows, records each outcome.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};

use super::confirm::Confirmations;
use super::good_rate::GoodRate;
use super::own_etag::{AskedToWait, News};
use super::prepared::PreparedUpload;
use super::progress::{Progress, ProgressCounter};
use super::queue::Claim;
use super::response::{Response, ResponseAction};
use super::run_end::{DispatchSummary, StopReason, Until};
use super::scheduler::{Now, QueueLimits, Scheduler};
use super::service_state::{HEARTBEAT, ServiceState, nudged};
use super::uploader::Uploader;
use crate::graph::ThrottleScope;
use crate::ledger::{Attempt, Due, DueAction, Ledger, LedgerError, Reader};
use crate::model::{Outcome, TargetId, Trace, spelled};

/// Who delivers for ever does not say of a photo after five tries in a minute of an outage that a person is needed.
const DOUBTS_FOR: Duration = Duration::from_secs(10 * 60);
/// Bytes of prepared photos in memory: one picture more is begun only while those that are ready or in flight hold less.
const PREPARED_BYTES: u64 = 64 << 20;

impl Uploader {
    /// Delivers until nothing is due and no wait ends soon.
    pub(crate) async fn dispatch(
        &self,
        ledger: &Ledger,
        pass: i64,
        only: Option<Arc<HashSet<TargetId>>>,
        until: &Until,
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<DispatchSummary, LedgerError> {
        let mut dispatcher = self.dispatcher(ledger, pass, only, until, None).await?;
        let outcome = loop {
            let outcome = dispatcher.run(tell).await;
            dispatcher.drain().await?;
            if outcome.is_err() || !dispatcher.may_go_on().await {
                break outcome;
            }
        };
        while let Ok(news) = dispatcher.news.1.try_recv() {
            dispatcher.take_news(news).await?;
        }
        dispatcher.done.forbidden = !dispatcher.scheduler.not_permitted.is_empty() || dispatcher.scheduler.is_doubtful;
        tell(dispatcher.progress());
        outcome.map(|()| dispatcher.done)
    }

    /// A run that has not begun.
    pub(super) async fn dispatcher<'a>(
        &'a self,
        ledger: &'a Ledger,
        pass: i64,
        only: Option<Arc<HashSet<TargetId>>>,
        until: &'a Until,
        state: Option<&'a ServiceState>,
    ) -> Result<Dispatcher<'a>, LedgerError> {
        let now = self.clock.elapsed();
        let counts = ledger.read(Reader::counts).await?;
        let in_flight = self.upload.concurrency;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let bounds = QueueLimits { in_flight, ready: cores + in_flight, preparing: cores + 2, bytes: PREPARED_BYTES };
        let mut dispatcher = Dispatcher {
            uploader: self,
            ledger,
            pass,
            only,
            until,
            state,
            deadline: until.max_duration.map(|span| now + span),
            scheduler: Scheduler::new(bounds, self.upload.pace, self.upload.retry, now),
            work: JoinSet::new(),
            owners: HashMap::new(),
            confirmations: Arc::default(),
            asks_ahead: JoinSet::new(),
            tally: ProgressCounter::new(u64::from(counts.due) + u64::from(counts.waiting), now),
            done: DispatchSummary::default(),
            good_rate: GoodRate::default(),
            given_up: watch::Sender::new(Duration::ZERO),
            news: mpsc::unbounded_channel(),
        };
        dispatcher.scheduler.doubts_for = if state.is_some() { DOUBTS_FOR } else { Duration::ZERO };
        dispatcher.scheduler.rows.goes_on = state.is_some();
        let wall = self.clock.now();
        dispatcher.good_rate.recall(ledger, &mut dispatcher.scheduler.pacer, wall).await?;
        if let Some(asked) = ledger.read(move |reader| reader.asked_to_wait(wall)).await? {
            dispatcher.scheduler.resume_pause(asked.since(wall), now);
        }
        Ok(dispatcher)
    }
}

/// What a task brings back.
pub(super) enum Event {
    /// A photo is ready to be sent, or can't be.
    Ready(Due, Result<PreparedUpload, Outcome>),
    /// An answer came, to what was sent under this pass.
    Answered(Due, PreparedUpload, Box<Response>, i64),
    /// An outcome is on the disk.
    Recorded(Due, FollowUp),
}

/// What is worth doing after an outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FollowUp {
    Nothing,
    /// The file moved on while its photo was on the way.
    ScanAgain,
}

pub(super) type TaskResult = Result<Event, LedgerError>;

pub(super) struct Dispatcher<'a> {
    pub(super) uploader: &'a Uploader,
    pub(super) ledger: &'a Ledger,
    pass: i64,
    pub(super) only: Option<Arc<HashSet<TargetId>>>,
    until: &'a Until,
    /// There if the run goes on when nothing is due.
    pub(super) state: Option<&'a ServiceState>,
    deadline: Option<Duration>,
    pub(super) scheduler: Scheduler,
    pub(super) work: JoinSet<TaskResult>,
    /// Whom each task works for, should it end in a panic.
    owners: HashMap<Id, Due>,
    /// What the directory said of late about what is to be sent.
    pub(super) confirmations: Arc<Confirmations>,
    /// Asks about those who are due next; goes with the run.
    pub(super) asks_ahead: JoinSet<()>,
    pub(super) tally: ProgressCounter,
    pub(super) done: DispatchSummary,
    good_rate: GoodRate,
    /// What was sent before this time is not waited for.
    pub(super) given_up: watch::Sender<Duration>,
    /// Pauses that Graph asked for beside uploads.
    pub(super) news: (mpsc::UnboundedSender<News>, mpsc::UnboundedReceiver<News>),
}

impl Dispatcher<'_> {
    /// How far it is.
    pub(super) fn progress(&self) -> Progress {
        self.tally.show(&self.scheduler, self.uploader.clock.elapsed())
    }

    pub(super) async fn run(&mut self, tell: &(dyn Fn(Progress) + Sync)) -> Result<(), LedgerError> {
        loop {
            let now = self.uploader.clock.elapsed();
            if let Some(stop) = self.stop_now(now) {
                self.done.stop = Some(stop);
                return Ok(());
            }
            let down = self.scheduler.breaker.down_since().map(|since| now.saturating_sub(since));
            if let Some(down) = down.filter(|down| *down >= self.until.patience) {
                self.done.stop = self.scheduler.outage.is_none().then_some(StopReason::Unreachable(down));
                return Ok(());
            }
            self.settle().await?;
            if let Some(state) = self.state {
                state.set_busy(self.scheduler.is_busy());
            }
            let wall = self.uploader.clock.now();
            // What a pass found that can't be trusted may have been wrong before; so may what none has looked at since.
            let halted = self.state.is_some_and(ServiceState::holds_all);
            if let Some(count) = self.scheduler.claim_size(now).filter(|_| !halted) {
                let (held, only) = (self.scheduler.held_targets(), self.only.clone());
                let claim = move |reader: &Reader| Claim::read(reader, wall, count, &held, only.as_deref());
                self.scheduler.set_queue(self.ledger.read(claim).await?, now);
            }
            let left = self.until.limit.map(|limit| limit.saturating_sub(self.done.delivered));
            let now = self.uploader.clock.elapsed();
            let (steps, mut wake) = if halted { (Vec::new(), None) } else { self.scheduler.next_steps(left, now) };
            for step in steps {
                self.start(step);
            }
            self.tally.turn(&self.scheduler, now);
            tell(self.tally.show(&self.scheduler, now));
            if !halted && !self.scheduler.is_waiting() {
                let due = self.next_wait(now);
                if due.is_none() && !self.scheduler.is_busy() && self.state.is_none() {
                    return Ok(());
                }
                wake = wake.into_iter().chain(due).min();
            }
            if !self.until.waits_out_pauses
                && self.work.is_empty()
                && self.scheduler.asked_pause(now).is_some_and(|ends| ends.saturating_sub(now) > self.until.patience)
            {
                return Ok(());
            }
            let sleep = wake.map_or(Duration::from_secs(3600), |at| at.saturating_sub(now));
            let sleep = self.deadline.map_or(sleep, |deadline| sleep.min(deadline.saturating_sub(now)));
            let sleep = down.map_or(sleep, |down| sleep.min(self.until.patience.saturating_sub(down)));
            let (sleep, state) = (if self.state.is_some() { sleep.min(HEARTBEAT) } else { sleep }, self.state);
            tokio::select! {
                Some(came) = self.work.join_next_with_id() => {
                    self.on_event(came)?;
                    // Take what else has come: the ledger answers a whole group at once.
                    while let Some(came) = self.work.try_join_next_with_id() {
                        self.on_event(came)?;
                    }
                }
                Some(news) = self.news.1.recv() => self.take_news(news).await?,
                () = tokio::time::sleep(sleep) => {}
                () = nudged(state) => self.scheduler.claim_anew(),
                () = self.until.cancelled.cancelled() => {}
            }
        }
    }

    fn stop_now(&self, now: Duration) -> Option<StopReason> {
        if self.until.cancelled.is_cancelled() {
            return Some(StopReason::Cancelled);
        }
        if let Some(StopReason::SignIn(problem)) = &self.done.stop {
            return Some(StopReason::SignIn(problem.clone()));
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Some(StopReason::OutOfTime);
        }
        self.until.limit.filter(|limit| self.done.delivered >= *limit).map(|_| StopReason::Limit)
    }

    async fn take_news(&mut self, news: News) -> Result<(), LedgerError> {
        match news {
            News::Accepted(target) => {
                self.scheduler.accepted(&target, self.now());
                Ok(())
            }
            News::AskedToWait(asked) => self.take_pause(asked).await,
        }
    }

    /// A pause that was asked for beside an upload holds for all, in the next run, too; that of a mailbox for it alone.
    async fn take_pause(&mut self, asked: AskedToWait) -> Result<(), LedgerError> {
        let (now, of_all) = (self.uploader.clock.now(), asked.scope != Some(ThrottleScope::Mailbox));
        let until = now.plus(asked.wait);
        self.scheduler.asked_to_wait(asked, self.uploader.clock.elapsed());
        if of_all {
            self.ledger.keep_pause(until, now).await?;
        }
        Ok(())
    }

    /// Writes down what answers meant for others.
    async fn settle(&mut self) -> Result<(), LedgerError> {
        for (kind, problem) in std::mem::take(&mut self.scheduler.to_stop) {
            tracing::error!(target.kind = %kind, "No photo of this kind can be delivered: {}", spelled(&problem.cure));
            self.scheduler.drop_kind(kind);
            self.ledger.block_kind(kind, problem, self.uploader.clock.now()).await?;
        }
        if let Some(before) = self.scheduler.to_give_up.take() {
            self.given_up.send_replace(before);
        }
        if self.done.delivered > 0 {
            self.good_rate.keep(self.ledger, &self.scheduler.pacer, self.uploader.clock.now()).await?;
        }
        for (forgiven, resumes) in self.scheduler.forgivable(self.uploader.clock.elapsed()) {
            if !forgiven.is_empty() {
                self.ledger.forgive(forgiven, resumes, self.uploader.clock.now()).await?;
            }
        }
        Ok(())
    }

    pub(super) fn now(&self) -> Now {
        Now { elapsed: self.uploader.clock.elapsed(), wall: self.uploader.clock.now() }
    }

    /// The newest pass that was written down.
    pub(super) fn pass(&self) -> i64 {
        self.state.map_or(self.pass, ServiceState::pass)
    }

    fn record(&mut self, due: Due, outcome: Outcome, trace: Trace, pass: i64) {
        match &outcome {
            Outcome::Delivered { .. } => self.done.delivered += 1,
            Outcome::Removed => self.done.removed += 1,
            Outcome::Absent if matches!(due.action, DueAction::Restore { .. }) => self.done.removed += 1,
            Outcome::Same => self.done.same += 1,
            Outcome::Superseded => self.done.superseded += 1,
            Outcome::Absent | Outcome::NotOurs | Outcome::Wait { .. } | Outcome::Blocked { .. } => {}
        }
        let (ledger, at) = (self.ledger.clone(), self.uploader.clock.now());
        let then = if matches!(outcome, Outcome::Superseded) { FollowUp::ScanAgain } else { FollowUp::Nothing };
        self.tally.count(&due.target, &outcome, self.uploader.clock.elapsed());
        // It counts among `concurrency` until its outcome is on the disk: after a crash no more are sent twice.
        self.spawn(due.clone(), async move {
            ledger.record(Attempt { due: due.clone(), pass, at, outcome, trace }).await?;
            Ok(Event::Recorded(due, then))
        });
    }

    pub(super) fn spawn(&mut self, due: Due, task: impl Future<Output = TaskResult> + Send + 'static) {
        let id = self.work.spawn(task).id();
        self.owners.insert(id, due);
    }

    pub(super) fn on_event(&mut self, came: Result<(Id, TaskResult), JoinError>) -> Result<(), LedgerError> {
        let event = match came {
            Ok((id, brought)) => {
                self.owners.remove(&id);
                brought?
            }
            Err(error) => {
                if let Some(due) = self.owners.remove(&error.id()) {
                    let (outcome, trace) = self.scheduler.panicked(&error.to_string());
                    self.record(due, outcome, trace, self.pass());
                }
                return Ok(());
            }
        };
        match event {
            Event::Ready(due, Ok(prepared)) => self.scheduler.add_ready(due, prepared),
            Event::Ready(due, Err(outcome)) => self.record(due, outcome, Trace::default(), self.pass()),
            Event::Recorded(due, then) => {
                self.scheduler.release(&due.target);
                if let Some(state) = self.state.filter(|_| then == FollowUp::ScanAgain) {
                    state.rescan.notify_one();
                }
            }
            Event::Answered(due, prepared, answer, pass) => {
                let now = self.now();
                match self.scheduler.answered(&due, &prepared, *answer, fastrand::f64(), now) {
                    ResponseAction::Record(outcome, trace) => {
                        self.report(&due, &outcome, &trace);
                        self.record(due, outcome, trace, pass);
                    }
                    ResponseAction::PrepareSmaller => self.scheduler.prepare_smaller(due),
                    ResponseAction::SignIn(problem) => {
                        self.scheduler.release(&due.target);
                        self.done.stop = Some(StopReason::SignIn(problem));
                    }
                }
            }
        }
        Ok(())
    }

    /// Says what came of a request: to the log, and to who keeps in mind what is permitted.
    fn report(&self, due: &Due, outcome: &Outcome, trace: &Trace) {
        if let Some(state) = self.state {
            let kind = due.target.kind();
            state.note_outcome(kind, outcome, self.scheduler.forbidden.contains_key(&kind));
        }
        // A failure was said when it was heard of.
        let what = match outcome {
            Outcome::Delivered { .. } => "A photo was delivered",
            Outcome::Removed => "A photo was removed",
            _ => return,
        };
        let request_id = trace.request_id.as_deref();
        tracing::debug!(target.id = %due.target, bytes = trace.bytes, elapsed_ms = trace.elapsed_ms, request_id, "{what}");
    }

    /// When the next wait ends that is worth waiting for.
    fn next_wait(&self, now: Duration) -> Option<Duration> {
        let pause = self.scheduler.pauses.borrow().of_all(now).filter(|_| self.until.waits_out_pauses);
        let pause = pause.map_or(Duration::ZERO, |ends| ends.saturating_sub(now) + Duration::from_secs(1));
        let worth = self.until.patience.max(pause);
        self.scheduler.next_wait().filter(|ends| ends.saturating_sub(now) <= worth)
    }
}
