//! The loop that looks: hears hints, waits until files are whole, and makes passes.
//!
//! Every pass looks at the whole source: it costs one stat a file (0.6 s for a hundred thousand), and only the whole
//! shows two files for one target or a file that moved. Hints say when to look, and which files are whole already. A
//! pass that a hint set off is followed by a rest in proportion to what it took, so that a busy directory never takes
//! more than a fifth of a core.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver};
use tokio_util::sync::CancellationToken;

use super::status::SharedStatus;
use super::table_watch::TableWatch;
use super::upload_loop::passes_by;
use crate::config::Config;
use crate::delivery::{HEARTBEAT, ServiceState, Until};
use crate::flow::{Settle, SettleSettings};
use crate::ledger::{Ledger, LedgerError};
use crate::model::{Advice, Hint, PassCause, ScanExtent, Stopped, Timestamp};
use crate::pass::{DaemonPass, Pass, PassError, PassOptions, ScanFailure, Selection, SettleFilter, Summary};
use crate::source::{SourceSettings, WatchSettings, WatchState, Watcher};
use crate::status::{PassFailure, WatchMethod, WatchStatus};

/// Hints that wait at most; when there are more, the watcher says "everything".
const HINTS: usize = 1_024;
/// After a pass that a hint set off, the next one waits this many times as long as that took.
const REST: u32 = 4;
/// ... but no longer than this for each file, and in all: it may have waited rather than worked.
const PER_FILE: Duration = Duration::from_micros(50);
const LONGEST_REST: Duration = Duration::from_secs(5);
/// The table's stamps are looked at this often at least: that it can't be read any more is told within seconds.
const TABLE: Duration = Duration::from_secs(3);
/// What changed while it was read is looked at again after this long at least.
const LEAST_SETTLE: Duration = Duration::from_millis(200);
/// Passes that only ask the directory again are at least this far apart.
const LEAST_CONFIRM: Duration = Duration::from_secs(60);
/// A pass that could not be made, or found no source, is made again after this long ...
const FIRST_AGAIN: Duration = Duration::from_secs(10);
/// ... then ever later, by a quarter each time, up to this: the end of an outage is seen within a quarter of its length.
const LAST_AGAIN: Duration = Duration::from_secs(5 * 60);

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
    settle: Settle,
    table: TableWatch,
    /// The next look at everything that nobody has to ask for.
    full_at: Duration,
    /// The next look after one that failed, or left something out; and what was the matter.
    again_at: Option<(Duration, PassCause)>,
    again_in: Duration,
    /// No look that a hint sets off before this.
    rest_until: Duration,
    /// That events were lost was said since the last look began.
    overflowed: bool,
}

impl ScanLoop {
    pub(super) fn new(
        pass: Pass,
        settings: ScanLoopSettings,
        ledger: Ledger,
        service_state: Arc<ServiceState>,
        shared: Arc<SharedStatus>,
    ) -> Self {
        let settle = Settle::new(settings.settle);
        let now = shared.clock.elapsed();
        // One stat: the table is looked at more often than a source that is polled, wherever it lies.
        let table = TableWatch::new(
            pass.proposer.scanner.mapping.table.as_ref().map(|table| table.path.clone()),
            settings.watch.poll_interval.min(TABLE),
        );
        Self {
            table,
            pass,
            settings,
            ledger,
            service_state,
            shared,
            settle,
            full_at: now,
            again_at: None,
            again_in: FIRST_AGAIN,
            rest_until: now,
            overflowed: false,
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
                    self.again(PassCause::Table, self.settle_span());
                }
            }
            if let Some((cause, scope)) = self.due(cause) {
                self.pass(cause, scope, &mut heard, &cancelled).await?;
                if !cancelled.is_cancelled() {
                    self.shared.ready();
                }
            }
            cause = PassCause::Timer;
            let wait = self.next_at().saturating_sub(self.shared.clock.elapsed()).min(HEARTBEAT);
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

    /// What is to be looked at now, and what set it off. `cause` is that of a look at everything.
    fn due(&mut self, cause: PassCause) -> Option<(PassCause, ScanExtent)> {
        let now = self.shared.clock.elapsed();
        if now >= self.full_at {
            return Some((cause, ScanExtent::Everything));
        }
        if now < self.rest_until {
            return None;
        }
        if let Some(scope) = self.settle.take(now) {
            return Some((PassCause::Hint, scope));
        }
        self.again_at.filter(|(at, _)| *at <= now).map(|(_, cause)| (cause, ScanExtent::Everything))
    }

    fn next_at(&self) -> Duration {
        let again = self.again_at.map(|(at, _)| at);
        let asked = self.settle.next_at().into_iter().chain(again).min().map(|at| at.max(self.rest_until));
        asked.into_iter().chain(self.table.next()).fold(self.full_at, Duration::min)
    }

    /// Makes one pass, and goes on hearing and turning meanwhile.
    async fn pass(
        &mut self,
        cause: PassCause,
        scope: ScanExtent,
        heard: &mut Receiver<Hint>,
        cancelled: &CancellationToken,
    ) -> Result<(), LedgerError> {
        let whole = match scope {
            ScanExtent::Everything => BTreeSet::new(),
            ScanExtent::Paths(paths) => paths,
        };
        let filter = SettleFilter {
            span: self.settings.settle.settle,
            complete: whole,
            being_written: self.settle.growing().cloned().collect(),
        };
        let told = self.shared.now().halted.map(|halt| halt.reason);
        let options = PassOptions {
            cause,
            force: self.service_state.take_force(),
            only: Selection::default(),
            settle: Duration::ZERO,
            until: Until {
                patience: Duration::ZERO,
                waits_out_pauses: true,
                max_duration: None,
                limit: None,
                cancelled: cancelled.clone(),
            },
            daemon: Some(DaemonPass { state: Arc::clone(&self.service_state), filter, told }),
        };
        let begun = self.shared.clock.elapsed();
        self.overflowed = false;
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
        let now = self.shared.clock.elapsed();
        let files = outcome.as_ref().map_or(0, |summary| u32::try_from(summary.scanned).unwrap_or(u32::MAX));
        let rest = (now.saturating_sub(begun) * REST).min(PER_FILE * files).min(LONGEST_REST);
        self.rest_until = now + rest;
        self.full_at = now + self.settings.full_pass_every;
        self.again_at = None;
        match outcome {
            Ok(summary) => self.passed(cause, &summary),
            Err(PassError::Ledger(error)) if !passes_by(&error) => return Err(error),
            Err(error @ PassError::Scan(ScanFailure::TableChanging { .. })) => {
                self.shared.trouble(PassFailure::Table, &error.advice());
                self.again(PassCause::Table, self.settle_span());
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
                self.again_later(PassCause::Again);
            }
        }
        let next = self.wall_of(self.full_at);
        self.shared.change(|now| now.next_full_pass = Some(next));
        Ok(())
    }

    fn passed(&mut self, cause: PassCause, summary: &Summary) {
        let was_halted = self.shared.now().halted.is_some();
        self.shared.passed(cause, summary);
        if summary.stopped == Some(Stopped::Signal) {
            return;
        }
        tracing::info!(
            pass = summary.pass,
            cause = cause.as_str(),
            scanned = summary.scanned,
            unmatched = summary.unmatched,
            unresolved = summary.unresolved,
            due = summary.due,
            waiting = summary.waiting,
            blocked = summary.blocked,
            elapsed_ms = summary.elapsed_ms,
            "Pass {} ({cause}): {} files, {} unmatched, {} in step; {} due, {} waiting, {} blocked",
            summary.pass,
            summary.scanned,
            summary.unmatched,
            summary.unchanged,
            summary.due,
            summary.waiting,
            summary.blocked
        );
        if summary.halted.is_some() || summary.stopped.is_some() {
            self.again_later(PassCause::Again);
            if summary.still_halted {
                // What kept it from being judged is settled soon.
                self.again(PassCause::Settle, self.settle_span());
            }
            return;
        }
        if was_halted {
            tracing::info!("The source is as it should be again: passes are not halted any more");
        }
        // Somebody has to find out when the directory answers, or may be asked, or sign-in works, again.
        if summary.unanswered > 0 || summary.forbidden || self.service_state.sign_in.borrow().is_some() {
            self.again_later(PassCause::Again);
        } else {
            self.again_in = FIRST_AGAIN;
        }
        if let Some(at) = summary.next_removal {
            self.again(PassCause::Grace, at.since(self.shared.clock.now()).max(LEAST_SETTLE));
        }
        if let Some(at) = summary.confirm_at {
            self.again(PassCause::Timer, at.since(self.shared.clock.now()).max(LEAST_CONFIRM));
        }
        if summary.unsettled > 0 {
            // What was left out may be whole by then.
            self.again(PassCause::Settle, self.settle_span());
        }
    }

    fn settle_span(&self) -> Duration {
        self.settings.settle.settle.max(LEAST_SETTLE)
    }

    /// Looks again after a while, each time later than before.
    fn again_later(&mut self, cause: PassCause) {
        self.again(cause, self.again_in.min(self.settings.full_pass_every));
        self.again_in = (self.again_in * 5 / 4).min(LAST_AGAIN);
    }

    fn again(&mut self, cause: PassCause, wait: Duration) {
        let at = self.shared.clock.elapsed() + wait;
        if self.again_at.is_none_or(|(before, _)| at < before) {
            self.again_at = Some((at, cause));
        }
    }

    fn hear(&mut self, hint: Hint) {
        if hint == Hint::Lost {
            if !std::mem::replace(&mut self.overflowed, true) {
                tracing::info!("inotify queue overflowed; running a full scan");
            }
            self.shared.change(|now| now.totals.watch_overflows += 1);
        }
        self.settle.hear(hint, self.shared.clock.elapsed());
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
