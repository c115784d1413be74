//! The upload queue at work: claims what is due, prepares ahead, sends as the traffic allows, records each outcome.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::backup::Secured;
use super::confirm::{Confirmations, Unconfirmed};
use super::deliver::Parcel;
use super::heed::{Answer, Verdict};
use super::progress::{Progress, Tally};
use super::serve::{HEARTBEAT, Standing, nudged};
use super::summary::ProblemRow;
use super::traffic::{Bounds, Moment, Step, Traffic};
use crate::flow::LONGEST;
use crate::graph::Accepted;
use crate::ledger::{Attempt, Due, Ledger, LedgerError, Reader};
use crate::model::{Outcome, Problem, Stopped, TargetId, Timestamp, Trace};

/// No pause that Graph asks for is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

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
pub(crate) enum Stop {
    /// Sign-in fails, or Graph refuses the token: nothing can be delivered.
    SignIn(Problem),
    /// The time given is over.
    OutOfTime,
    /// The number of deliveries given is reached.
    Limit,
    /// A signal came.
    Cancelled,
}

impl Stop {
    /// The same as a summary says it.
    pub(super) fn word(&self) -> Stopped {
        match self {
            Self::SignIn(_) => Stopped::SignIn,
            Self::OutOfTime => Stopped::MaxDuration,
            Self::Limit => Stopped::Limit,
            Self::Cancelled => Stopped::Signal,
        }
    }

    /// What a person has to look at.
    pub(super) fn problem(&self) -> Option<ProblemRow> {
        match self {
            Self::SignIn(problem) => Some(ProblemRow::new(None, problem)),
            Self::OutOfTime | Self::Limit | Self::Cancelled => None,
        }
    }
}

/// What a run did.
#[derive(Debug, Default)]
pub(super) struct Dispatched {
    pub(super) delivered: u64,
    pub(super) removed: u64,
    pub(super) superseded: u64,
    /// Prepared anew and found to be what was delivered before.
    pub(super) same: u64,
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
        let mut run = self.run(ledger, pass, only, until, None).await?;
        let outcome = run.turn(tell).await;
        run.land().await?;
        run.done.forbidden = run.traffic.is_forbidden;
        tell(run.progress());
        outcome.map(|()| run.done)
    }

    /// A run that has not begun.
    pub(super) async fn run<'a>(
        &'a self,
        ledger: &'a Ledger,
        pass: i64,
        only: Option<Arc<HashSet<TargetId>>>,
        until: &'a Until,
        standing: Option<&'a Standing>,
    ) -> Result<Run<'a>, LedgerError> {
        let now = self.clock.elapsed();
        let counts = ledger.read(Reader::counts).await?;
        let in_flight = self.upload.concurrency;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let bounds = Bounds { in_flight, ready: cores + in_flight };
        let mut run = Run {
            engine: self,
            ledger,
            pass,
            only,
            until,
            standing,
            deadline: until.max_duration.map(|span| now + span),
            traffic: Traffic::new(bounds, self.upload.pace, self.upload.retry, now),
            work: JoinSet::new(),
            whose: HashMap::new(),
            confirmations: Arc::default(),
            tally: Tally::new(u64::from(counts.due) + u64::from(counts.waiting), now),
            done: Dispatched::default(),
        };
        let wall = self.clock.now();
        if let Some(asked) = ledger.read(move |reader| reader.asked_to_wait(wall, LONGEST_PAUSE)).await? {
            run.traffic.resume_pause(asked.since(wall), now);
        }
        Ok(run)
    }
}

/// What a task brings back.
enum Event {
    /// A photo is ready to be sent, or can't be.
    Ready(Due, Result<Parcel, Outcome>),
    /// An answer came, to what was sent under this pass.
    Answered(Due, Parcel, Box<Answer>, i64),
    /// An outcome is on the disk.
    Recorded(Due, Again),
}

/// Whether the file moved on while its photo was on the way, and is worth another look.
type Again = bool;

type Brought = Result<Event, LedgerError>;

pub(super) struct Run<'a> {
    engine: &'a Engine,
    ledger: &'a Ledger,
    pass: i64,
    only: Option<Arc<HashSet<TargetId>>>,
    until: &'a Until,
    /// There if the run goes on when nothing is due.
    standing: Option<&'a Standing>,
    deadline: Option<Duration>,
    traffic: Traffic,
    work: JoinSet<Brought>,
    /// Whom each task works for, should it end in a panic.
    whose: HashMap<Id, Due>,
    /// What the directory said of late about what is to be sent.
    confirmations: Arc<Confirmations>,
    pub(super) tally: Tally,
    pub(super) done: Dispatched,
}

impl Run<'_> {
    /// How far it is.
    pub(super) fn progress(&self) -> Progress {
        self.tally.show(&self.traffic, self.engine.clock.elapsed())
    }

    /// Whatever ended the run: what is in flight is let finish, so that its outcome is known.
    pub(super) async fn land(&mut self) -> Result<(), LedgerError> {
        while self.traffic.flying() > 0 {
            let Some(came) = self.work.join_next_with_id().await else { break };
            self.came(came)?;
        }
        Ok(())
    }

    pub(super) async fn turn(&mut self, tell: &(dyn Fn(Progress) + Sync)) -> Result<(), LedgerError> {
        loop {
            let now = self.engine.clock.elapsed();
            if let Some(stop) = self.stop_now(now) {
                self.done.stop = Some(stop);
                return Ok(());
            }
            let down = self.traffic.breaker.down_since().map(|since| now.saturating_sub(since));
            if down.is_some_and(|down| down >= self.until.patience) {
                return Ok(());
            }
            self.settle().await?;
            if let Some(standing) = self.standing {
                standing.say_busy(self.traffic.is_busy());
            }
            let wall = self.engine.clock.now();
            if let Some(count) = self.traffic.wants(now) {
                let (taken, only) = (self.traffic.taken(), self.only.clone());
                let due = move |reader: &Reader| reader.due(wall, LONGEST, count, &taken, only.as_deref());
                let found = self.ledger.read(due).await?;
                self.traffic.claimed(found, now);
            }
            let left = self.until.limit.map(|limit| limit.saturating_sub(self.done.delivered));
            let now = self.engine.clock.elapsed();
            let (steps, mut wake) = self.traffic.next(left, now);
            for step in steps {
                self.begin(step);
            }
            tell(self.tally.show(&self.traffic, now));
            if !self.traffic.is_waiting() {
                let due = self.next_wait(wall, now).await?;
                if due.is_none() && !self.traffic.is_busy() && self.standing.is_none() {
                    return Ok(());
                }
                wake = wake.into_iter().chain(due).min();
            }
            let sleep = wake.map_or(Duration::from_secs(3600), |at| at.saturating_sub(now));
            let sleep = self.deadline.map_or(sleep, |deadline| sleep.min(deadline.saturating_sub(now)));
            let sleep = down.map_or(sleep, |down| sleep.min(self.until.patience.saturating_sub(down)));
            let (sleep, standing) = (if self.standing.is_some() { sleep.min(HEARTBEAT) } else { sleep }, self.standing);
            tokio::select! {
                Some(came) = self.work.join_next_with_id() => {
                    self.came(came)?;
                    // Take what else has come: the ledger answers a whole group at once.
                    while let Some(came) = self.work.try_join_next_with_id() {
                        self.came(came)?;
                    }
                }
                () = tokio::time::sleep(sleep) => {}
                () = nudged(standing) => self.traffic.claim_anew(),
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

    /// Writes down what answers meant for others.
    async fn settle(&mut self) -> Result<(), LedgerError> {
        for (kind, problem) in std::mem::take(&mut self.traffic.to_stop) {
            tracing::error!(target.kind = %kind, "No photo of this kind can be delivered: {}", problem.cure);
            self.traffic.drop_kind(kind);
            self.ledger.block_kind(kind, problem, self.engine.clock.now()).await?;
        }
        let forgiven = self.traffic.forgivable();
        if !forgiven.is_empty() {
            self.ledger.forgive(forgiven, self.engine.clock.now()).await?;
        }
        Ok(())
    }

    fn begin(&mut self, step: Step) {
        let engine = self.engine.clone();
        match step {
            Step::Prepare { due, small } => self.spawn(due.clone(), async move {
                let ready = engine.make_ready(due.action.clone(), small).await;
                Ok(Event::Ready(due, ready))
            }),
            Step::Send { due, parcel } => {
                // What was kept before and what came of it stand under one pass, whatever passes go by meanwhile.
                let (ledger, pass, only) = (self.ledger.clone(), self.pass(), self.only.clone());
                let (confirmations, pace) = (Arc::clone(&self.confirmations), self.traffic.pacer.rate());
                self.spawn(due.clone(), async move {
                    let mut sent = engine.clock.elapsed();
                    let (result, unsent) = match engine.confirmed(&ledger, &due, only, pace, &confirmations).await {
                        Ok(true) => {
                            sent = engine.clock.elapsed();
                            // What it replaces is kept first, where that is asked for.
                            match engine.secure(&ledger, pass, &due).await {
                                Ok(Secured::Go) => (engine.send(&due, parcel.clone()).await, false),
                                Ok(Secured::Held(outcome)) => (Ok((outcome, Accepted::default())), true),
                                Err(failure) => (Err(failure), true),
                            }
                        }
                        // Its name moved on: the next pass says what becomes of it.
                        Ok(false) => (Ok((Outcome::Superseded, Accepted::default())), true),
                        Err(Unconfirmed::Directory(failure)) => (Err(failure), true),
                        Err(Unconfirmed::Ledger(error)) => return Err(error),
                    };
                    let came = engine.clock.elapsed();
                    Ok(Event::Answered(due, parcel, Box::new(Answer { result, sent, came, unsent }), pass))
                });
            }
        }
    }

    /// The newest pass that was written down.
    fn pass(&self) -> i64 {
        self.standing.map_or(self.pass, Standing::pass)
    }

    fn record(&mut self, due: Due, outcome: Outcome, trace: Trace, pass: i64) {
        match &outcome {
            Outcome::Delivered { .. } => self.done.delivered += 1,
            Outcome::Removed => self.done.removed += 1,
            Outcome::Same => self.done.same += 1,
            Outcome::Superseded => self.done.superseded += 1,
            Outcome::NotOurs | Outcome::Wait { .. } | Outcome::Blocked { .. } => {}
        }
        let (ledger, at, again) = (self.ledger.clone(), self.engine.clock.now(), matches!(outcome, Outcome::Superseded));
        self.tally.count(&due.target, &outcome, self.engine.clock.elapsed());
        // The place in flight is freed only when the outcome is on the disk: after a crash no more than what was in
        // flight is sent twice.
        self.spawn(due.clone(), async move {
            ledger.record(Attempt { due: due.clone(), pass, at, outcome, trace }).await?;
            Ok(Event::Recorded(due, again))
        });
    }

    fn spawn(&mut self, due: Due, task: impl Future<Output = Brought> + Send + 'static) {
        let id = self.work.spawn(task).id();
        self.whose.insert(id, due);
    }

    fn came(&mut self, came: Result<(Id, Brought), JoinError>) -> Result<(), LedgerError> {
        let event = match came {
            Ok((id, brought)) => {
                self.whose.remove(&id);
                brought?
            }
            Err(error) => {
                if let Some(due) = self.whose.remove(&error.id()) {
                    let (outcome, trace) = self.traffic.panicked(&error.to_string());
                    self.record(due, outcome, trace, self.pass());
                }
                return Ok(());
            }
        };
        match event {
            Event::Ready(due, Ok(parcel)) => self.traffic.prepared(due, parcel),
            Event::Ready(due, Err(outcome)) => self.record(due, outcome, Trace::default(), self.pass()),
            Event::Recorded(due, again) => {
                self.traffic.done(&due.target);
                if let Some(standing) = self.standing.filter(|_| again) {
                    standing.look.notify_one();
                }
            }
            Event::Answered(due, parcel, answer, pass) => {
                let now = Moment { elapsed: self.engine.clock.elapsed(), wall: self.engine.clock.now() };
                match self.traffic.answered(&due, &parcel, *answer, fastrand::f64(), now) {
                    Verdict::Record(outcome, trace) => {
                        self.tell_of(&due, &outcome, &trace);
                        self.record(due, outcome, trace, pass);
                    }
                    Verdict::Again => self.traffic.again(due),
                    Verdict::SignIn(problem) => {
                        self.traffic.done(&due.target);
                        self.done.stop = Some(Stop::SignIn(problem));
                    }
                }
            }
        }
        Ok(())
    }

    /// Says what came of a request: to the log, and to who keeps in mind what is permitted.
    fn tell_of(&self, due: &Due, outcome: &Outcome, trace: &Trace) {
        if let Some(standing) = self.standing {
            let kind = due.target.kind();
            standing.hear_outcome(kind, outcome, self.traffic.forbidden.contains_key(&kind));
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

    /// When the next wait ends, after what was claimed at `wall`, that is worth waiting for.
    async fn next_wait(&self, wall: Timestamp, now: Duration) -> Result<Option<Duration>, LedgerError> {
        let only = self.only.clone();
        let Some(due_at) = self.ledger.read(move |reader| reader.next_due(wall, only.as_deref())).await? else { return Ok(None) };
        let wait = due_at.since(wall);
        let paused = self.traffic.pause_ends.map_or(Duration::ZERO, |ends| ends.saturating_sub(now) + Duration::from_secs(1));
        let worth = self.until.patience.max(paused);
        Ok((wait <= worth).then_some(now + wait))
    }
}
