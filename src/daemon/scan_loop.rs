//! The loop that looks: hears hints, waits until files are whole, and makes passes.
//!
//! Files that were overwritten are looked at alone (`pass::Part`): that costs what changed, whatever else there is.
//! Everything else takes a look at the whole source, one stat a file (0.4 s for a hundred thousand): only that shows two
//! files for one target or a file that moved. Hints say when to look, and which files are whole already. A look at the
//! whole that a hint set off is followed by a rest in proportion to what it took, so that a busy directory never takes
//! more than a fifth of a core.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver};
use tokio_util::sync::CancellationToken;

use super::pass_line::PassLine;
use super::question::{News, Question};
use super::schedule::{LEAST_SETTLE, Schedule};
use super::status::SharedStatus;
use super::table_watch::TableWatch;
use super::upload_loop::passes_by;
use crate::config::Config;
use crate::delivery::{HEARTBEAT, ServiceState};
use crate::flow::SettleSettings;
use crate::ledger::{Ledger, LedgerError};
use crate::model::{Advice, Hint, PassCause, SourcePath, Stopped, Timestamp, spelled};
use crate::pass::{DaemonPass, Part, Pass, PassError, PassExtent, PassOptions, ScanFailure, SettleFilter, Summary};
use crate::source::{SourceSettings, WatchSettings, WatchState, Watcher};
use crate::status::{PassFailure, WatchMethod, WatchStatus};

/// Hints that wait at most; when there are more, the watcher says "everything".
const HINTS: usize = 1_024;
/// The table's stamps are looked at this often at least: that it can't be read any more is told within seconds.
const TABLE: Duration = Duration::from_secs(3);
/// Passes that only ask the directory again are at least this far apart.
const LEAST_CONFIRM: Duration = Duration::from_secs(60);

/// What one look is at.
enum Look {
    /// All there is. These files are known to be whole.
    Everything(BTreeSet<SourcePath>),
    /// Files that were overwritten.
    Part(Part),
}

/// When to look.
#[derive(Clone, Debug)]
pub(super) struct ScanLoopSettings {
    source: SourceSettings,
    watch: WatchSettings,
    settle: SettleSettings,
    full_pass_every: Duration,
}

impl ScanLoopSettings {
    pub(super) fn of(config: &Config) -> Self {
        let Config { source, watch, settle, full_pass_every, .. } = config;
        Self { source: source.clone(), watch: *watch, settle: *settle, full_pass_every: *full_pass_every }
    }
}

/// The loop's state. Times are spans since the clock was made.
pub(super) struct ScanLoop {
    pass: Pass,
    settings: ScanLoopSettings,
    ledger: Ledger,
    service_state: Arc<ServiceState>,
    shared: Arc<SharedStatus>,
    schedule: Schedule,
    table: TableWatch,
    /// That events were lost was said since the last look began.
    overflowed: bool,
    /// A pass of this configuration had looked before the table changed.
    was_planned: bool,
    line: PassLine,
    /// Whether Microsoft 365 answers passes again.
    question: Question,
}

impl ScanLoop {
    pub(super) fn new(
        pass: Pass,
        settings: ScanLoopSettings,
        ledger: Ledger,
        service_state: Arc<ServiceState>,
        shared: Arc<SharedStatus>,
    ) -> Self {
        let schedule = Schedule::new(settings.settle, settings.full_pass_every, shared.clock.elapsed());
        // One stat: the table is looked at more often than a source that is polled, wherever it lies.
        let table = pass.proposer.scanner.mapping.table.iter().map(|table| table.path.clone());
        let defaults = pass.proposer.defaults.preparer.defaults.all().iter().map(|picture| picture.file.clone());
        let table = TableWatch::new(table.chain(defaults).collect(), settings.watch.poll_interval.min(TABLE));
        Self {
            table,
            pass,
            settings,
            ledger,
            service_state,
            shared,
            schedule,
            overflowed: false,
            was_planned: false,
            line: PassLine::default(),
            question: Question::default(),
        }
    }

    /// Looks until cancelled. Errors: the ledger can't be used any more.
    pub(super) async fn run(mut self, cancelled: CancellationToken) -> Result<(), LedgerError> {
        let (hints, mut heard) = mpsc::channel(HINTS);
        let Some(watcher) = self.unless(&cancelled, self.start(hints)).await else { return Ok(()) };
        let mut state = watcher.state();
        self.show(&state.borrow_and_update());
        let mut cause = PassCause::Start;
        while !cancelled.is_cancelled() {
            self.beat();
            while let Ok(hint) = heard.try_recv() {
                self.hear(hint);
            }
            if let Some(looking) = self.table.look(self.shared.clock.elapsed()) {
                let Some(stamps) = self.unless(&cancelled, looking).await else { break };
                if self.table.saw(stamps) {
                    self.was_planned |= self.service_state.is_planned();
                    self.service_state.set_planned(false);
                    self.again(PassCause::Table, self.schedule.settle_span());
                }
            }
            if self.question.next().is_some_and(|at| at <= self.shared.clock.elapsed()) {
                let Some(answered) = self.unless(&cancelled, self.pass.uploader.directory.tenant.graph.answers()).await else {
                    break;
                };
                self.question.asked(answered, self.shared.clock.elapsed());
                if answered {
                    self.again(PassCause::Again, Duration::ZERO);
                }
            }
            if let Some((cause, look)) = self.due(cause, &cancelled).await {
                self.pass(cause, look, &mut heard, &cancelled).await?;
                if !cancelled.is_cancelled() {
                    self.shared.ready();
                }
            }
            cause = PassCause::Timer;
            let others = self.table.next().into_iter().chain(self.question.next());
            let next = others.fold(self.schedule.next_at(), Duration::min);
            let wait = next.saturating_sub(self.shared.clock.elapsed()).min(HEARTBEAT);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Some(hint) = heard.recv() => self.hear(hint),
                () = self.service_state.rescan.notified() => self.again(PassCause::Command, Duration::ZERO),
                changed = state.changed() => if changed.is_ok() {
                    let state = state.borrow_and_update();
                    self.show(&state);
                    // A pass says by name what is the matter, and halts.
                    if matches!(*state, WatchState::Away { .. }) {
                        self.again(PassCause::Again, Duration::ZERO);
                    }
                },
                () = cancelled.cancelled() => {}
            }
        }
        self.shared.looking.idle();
        Ok(())
    }

    /// The sign-in is proved and the watch begins; neither has to succeed.
    async fn start(&self, hints: mpsc::Sender<Hint>) -> Watcher {
        self.pass.uploader.check_sign_in(&self.service_state).await;
        Watcher::start(self.settings.source.clone(), self.settings.watch, hints).await
    }

    /// What is to be looked at now, and what set it off. `cause` is that of a look that nobody asked for.
    async fn due(&mut self, cause: PassCause, cancelled: &CancellationToken) -> Option<(PassCause, Look)> {
        let now = self.shared.clock.elapsed();
        if let Some((baseline, paths)) = self.schedule.take_paths(now) {
            let part = self.unless(cancelled, self.pass.proposer.part(&self.ledger, &baseline, &paths)).await?;
            // Whatever is the matter, a look at everything finds and tells.
            if let Ok(Some(part)) = part {
                self.schedule.looked_alone(part.len());
                return (part.len() > 0).then_some((PassCause::Hint, Look::Part(part)));
            }
            self.schedule.put_off(paths);
        }
        let (cause, whole) = self.schedule.take_everything(cause, now)?;
        Some((cause, Look::Everything(whole)))
    }

    /// Makes one pass, and goes on hearing and turning meanwhile.
    async fn pass(
        &mut self,
        cause: PassCause,
        look: Look,
        heard: &mut Receiver<Hint>,
        cancelled: &CancellationToken,
    ) -> Result<(), LedgerError> {
        let (whole, part) = match look {
            Look::Everything(whole) => (whole, None),
            Look::Part(part) => (BTreeSet::new(), Some(part)),
        };
        let is_part = part.is_some();
        let filter = SettleFilter { span: self.settings.settle.settle, complete: whole, being_written: self.schedule.growing() };
        let told = self.shared.now().halted.map(|halt| halt.reason);
        // What a person agreed to was told of everything.
        let force = !is_part && self.service_state.take_force();
        let daemon = DaemonPass { state: Arc::clone(&self.service_state), filter, part, told };
        let options = PassOptions::of_service(cause, force, daemon, cancelled.clone());
        let begun = self.shared.clock.elapsed();
        if !is_part {
            self.overflowed = false;
        }
        let (pass, ledger, service_state) = (self.pass.clone(), self.ledger.clone(), Arc::clone(&self.service_state));
        let mut work = Box::pin(async {
            let fails = service_state.sign_in.borrow().is_some();
            if fails {
                pass.uploader.check_sign_in(&service_state).await;
            }
            pass.run(&ledger, &options, &|_| {}).await
        });
        let outcome = loop {
            tokio::select! {
                outcome = &mut work => break outcome,
                Some(hint) = heard.recv() => self.hear(hint),
                () = tokio::time::sleep(HEARTBEAT) => {}
            }
            self.beat();
        };
        drop(work);
        self.schedule.ended(begun, self.shared.clock.elapsed(), outcome.as_ref().ok(), !is_part);
        let in_vain = |summary: &Summary| summary.still_halted || summary.stopped == Some(Stopped::Directory);
        if force && outcome.as_ref().is_ok_and(in_vain) {
            self.service_state.keep_force();
        }
        match outcome {
            Ok(summary) => self.passed(cause, &summary),
            Err(PassError::Ledger(error)) if !passes_by(&error) => return Err(error),
            Err(error @ PassError::Scan(ScanFailure::TableChanging { .. })) => {
                self.shared.trouble(PassFailure::Table, &error.advice());
                self.again(PassCause::Table, self.schedule.settle_span());
            }
            // Who delivers finds out when it can be written again, and asks for another look then.
            Err(PassError::Ledger(error)) => {
                self.shared.change(|now| now.totals.passes_failed += 1);
                self.shared.ledger(Some(&error));
                self.again_later(PassCause::Again);
            }
            Err(error) => {
                let words = error.advice();
                tracing::error!("No pass could be made: {words}");
                self.shared.change(|now| now.totals.passes_failed += 1);
                let is_table =
                    matches!(error, PassError::Scan(ScanFailure::TableUnreadable { .. } | ScanFailure::TableUnusable { .. }));
                self.shared.trouble(if is_table { PassFailure::TableUnusable } else { PassFailure::Pass }, &words);
                // What the table said while it could be read stands.
                if is_table && self.was_planned {
                    self.service_state.set_planned(true);
                }
                self.again_later(PassCause::Again);
            }
        }
        let next = self.wall_of(self.schedule.full_at());
        self.shared.change(|now| now.next_full_pass = Some(next));
        Ok(())
    }

    fn passed(&mut self, cause: PassCause, summary: &Summary) {
        let was_halted = self.shared.now().halted.is_some();
        self.shared.passed(cause, summary);
        if summary.stopped == Some(Stopped::Signal) {
            return;
        }
        self.line.tell(cause, summary);
        let why = summary.out_of_reach.as_ref();
        match self.question.passed(why.is_some(), self.shared.clock.elapsed()) {
            Some(News::Began) => tracing::warn!(
                "Microsoft 365 answers no question about accounts, so that nothing new can be sent; it is asked again every few \
                 seconds{}",
                why.map(|why| format!(": {}", spelled(&why.with_advice()))).unwrap_or_default()
            ),
            Some(News::Ended) => tracing::info!("Microsoft 365 answers questions about accounts again"),
            None => {}
        }
        if summary.halted.is_some() || summary.stopped.is_some() {
            self.again_later(PassCause::Again);
            if summary.still_halted && summary.unsettled > 0 {
                // What kept it from being judged is settled soon.
                self.again(PassCause::Settle, self.schedule.settle_span());
            }
            return;
        }
        if was_halted {
            tracing::info!("The source is as it should be again: passes are not halted any more");
        }
        // Somebody has to find out when the directory answers, or may be asked, or sign-in works, again.
        if summary.unanswered > 0 || summary.forbidden || self.service_state.sign_in.borrow().is_some() {
            self.again_later(PassCause::Again);
        } else if summary.extent == PassExtent::Everything {
            self.schedule.is_well();
        }
        if let Some(at) = summary.next_removal {
            self.again(PassCause::Grace, at.since(self.shared.clock.now()).max(LEAST_SETTLE));
        }
        if let Some(at) = summary.confirm_at {
            self.again(PassCause::Timer, at.since(self.shared.clock.now()).max(LEAST_CONFIRM));
        }
        if summary.unsettled > 0 {
            // What was left out may be whole by then.
            self.again(PassCause::Settle, self.schedule.settle_span());
        }
    }

    /// Looks at everything after a while.
    fn again(&mut self, cause: PassCause, wait: Duration) {
        self.schedule.again(cause, self.shared.clock.elapsed() + wait);
    }

    /// The same, each time later than before.
    fn again_later(&mut self, cause: PassCause) {
        self.schedule.again_later(cause, self.shared.clock.elapsed());
    }

    fn hear(&mut self, hint: Hint) {
        if hint == Hint::Lost {
            if !std::mem::replace(&mut self.overflowed, true) {
                tracing::info!("inotify queue overflowed; running a full scan");
            }
            self.shared.change(|now| now.totals.watch_overflows += 1);
        }
        self.schedule.hear(hint, self.shared.clock.elapsed());
        self.shared.change(|now| now.totals.hints += 1);
    }

    fn show(&self, state: &WatchState) {
        let (state, detail) = match state {
            WatchState::Native => (WatchMethod::Native, None),
            WatchState::Polling { why } => (WatchMethod::Polling, Some(why.clone())),
            WatchState::Off => (WatchMethod::Off, None),
            WatchState::Away { why } => (WatchMethod::Away, Some(why.clone())),
        };
        let at = self.shared.clock.now();
        self.shared.change(|now| {
            let since = if now.watch.state == state { now.watch.since } else { at };
            now.watch = WatchStatus { state, detail, since };
        });
    }

    fn beat(&self) {
        self.shared.looking.beat(self.shared.clock.elapsed());
    }

    fn wall_of(&self, at: Duration) -> Timestamp {
        self.shared.clock.now().plus(at.saturating_sub(self.shared.clock.elapsed()))
    }

    /// What comes of it, unless cancelled first; turns meanwhile.
    async fn unless<T>(&self, cancelled: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
        let mut work = Box::pin(work);
        loop {
            self.beat();
            tokio::select! {
                done = &mut work => return Some(done),
                () = cancelled.cancelled() => return None,
                () = tokio::time::sleep(HEARTBEAT) => {}
            }
        }
    }
}

#[cfg(all(test, feature = "emulator"))]
#[path = "scan_loop_tests.rs"]
mod tests;
