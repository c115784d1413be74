//! The status of the service as its parts share it: each says what it knows, whoever shows it reads the whole.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::backlog::Backlog;
use super::heartbeat::Heartbeat;
use super::rate_history::RateHistory;
use super::systemd::Supervisor;
use crate::clock::Clock;
use crate::delivery::{Forbidden, Progress};
use crate::graph::RequestCounts;
use crate::ledger::LedgerError;
use crate::model::{Advice, PassCause, Problem, Stopped, Timestamp, spelled};
use crate::pass::Summary;
use crate::status::{Condition, LEDGER_GONE, MissingPermissions, PassFailure, PassLine, Phase, ServiceStatus};
use crate::telemetry::Untold;

/// A pause's end is told again only when it moved by more than this: it is known to the second.
const SAME: Duration = Duration::from_secs(2);

/// What the parts of a service share.
pub(super) struct SharedStatus {
    pub(super) clock: Clock,
    pub(super) supervisor: Supervisor,
    /// The loop that makes passes.
    pub(super) looking: Heartbeat,
    /// The loop that delivers.
    pub(super) delivering: Heartbeat,
    /// The last hour, for the plot.
    pub(super) samples: RateHistory,
    /// How far the work is that came up together.
    pub(super) backlog: Backlog,
    /// When the last report for HR was written, or failed, and why it failed.
    report: Mutex<Option<(Timestamp, Option<String>)>>,
    snapshot: watch::Sender<ServiceStatus>,
    /// The counts of targets may have changed.
    stale: AtomicBool,
    /// What the last pass heard of the directory.
    heard: Mutex<Heard>,
}

/// What a pass that asked the directory heard.
#[derive(Clone, Default)]
enum Heard {
    /// Answers, or it did not ask.
    #[default]
    Answers,
    /// Nothing.
    Nothing,
    /// What is no answer.
    Instead(String),
}

impl Heard {
    fn by(summary: &Summary) -> Self {
        match &summary.out_of_reach {
            None => Self::Answers,
            Some(_) if summary.unreachable => Self::Nothing,
            Some(why) => Self::Instead(spelled(&why.with_advice()).into_owned()),
        }
    }
}

impl SharedStatus {
    pub(super) fn new(clock: Clock, supervisor: Supervisor) -> Self {
        let snapshot = ServiceStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started_at: clock.now(),
            ..ServiceStatus::default()
        };
        Self {
            clock,
            supervisor,
            looking: Heartbeat::default(),
            delivering: Heartbeat::default(),
            samples: RateHistory::default(),
            backlog: Backlog::default(),
            report: Mutex::default(),
            snapshot: watch::Sender::new(snapshot),
            stale: AtomicBool::new(true),
            heard: Mutex::default(),
        }
    }

    pub(super) fn read(&self) -> watch::Receiver<ServiceStatus> {
        self.snapshot.subscribe()
    }

    pub(super) fn now(&self) -> ServiceStatus {
        self.snapshot.borrow().clone()
    }

    /// Changes the snapshot; whoever watches hears of it only if something is different.
    pub(super) fn change(&self, act: impl FnOnce(&mut ServiceStatus)) {
        self.snapshot.send_if_modified(|snapshot| {
            let before = snapshot.clone();
            act(snapshot);
            if *snapshot == before {
                return false;
            }
            snapshot.conditions = snapshot.named_conditions();
            true
        });
    }

    /// The counts may have changed.
    pub(super) fn recount(&self) {
        self.stale.store(true, Ordering::Relaxed);
    }

    /// Whether they may have, since this was asked last.
    pub(super) fn is_stale(&self) -> bool {
        self.stale.swap(false, Ordering::Relaxed)
    }

    /// A report for HR was written, or could not be.
    pub(super) fn reported(&self, why_not: Option<&str>) {
        let told = Some((self.clock.now(), why_not.map(str::to_owned)));
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }

    /// When that was, and why it failed if it did.
    pub(super) fn last_report(&self) -> Option<(Timestamp, Option<String>)> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first pass came to its end: the service is what it is meant to be.
    pub(super) fn ready(&self) {
        if self.snapshot.borrow().phase == Phase::Starting {
            self.change(|now| now.phase = Phase::Running);
            self.supervisor.status(&self.now().line());
            self.supervisor.ready();
            tracing::info!("Ready: watching and delivering");
        }
    }

    /// Both loops are well, or at rest.
    pub(super) fn is_well(&self, limit: Duration) -> bool {
        let now = self.clock.elapsed();
        self.looking.is_well(now, limit) && self.delivering.is_well(now, limit)
    }

    /// A pass came to an end.
    pub(super) fn passed(&self, cause: PassCause, summary: &Summary) {
        let now = self.clock.now();
        self.recount();
        // What it did not see, it says nothing about.
        let saw_all = summary.halted.is_some() || summary.saw_all();
        let away = summary.stopped == Some(Stopped::Directory);
        let heard = Heard::by(summary);
        let words = match &heard {
            Heard::Instead(words) => words.clone(),
            Heard::Answers | Heard::Nothing => "the directory can't be asked".to_owned(),
        };
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = heard;
        self.change(|shared| {
            let before = shared.last_pass.take().filter(|_| !saw_all && summary.scanned == 0);
            let count = |number: usize| Some(u32::try_from(number).unwrap_or(u32::MAX));
            let last = PassLine {
                pass: summary.pass,
                cause: cause.to_string(),
                ended_at: Some(now),
                elapsed_ms: Some(summary.elapsed_ms),
                looked: Some(summary.looked),
                scanned: before.as_ref().map_or_else(|| count(summary.scanned), |before| before.scanned),
                unmatched: before.as_ref().map_or_else(|| count(summary.unmatched), |before| before.unmatched),
                ..PassLine::default()
            };
            shared.last_pass = Some(last);
            let of_table = shared.trouble.take_if(|trouble| trouble.reason != PassFailure::Directory && !saw_all);
            let directory = away.then(|| condition(PassFailure::Directory, &words, shared.trouble.as_ref(), now));
            shared.trouble = of_table.or(directory);
            if saw_all {
                let halted = summary.halted.as_ref();
                shared.halted = halted.map(|halt| condition(halt.guard, &summary.halt_message(), shared.halted.as_ref(), now));
            }
            match (&summary.halted, summary.stopped) {
                (Some(_), _) => shared.totals.passes_halted += 1,
                (None, None) => shared.totals.passes += 1,
                (None, Some(_)) => shared.totals.passes_failed += 1,
            }
        });
    }

    /// Something is wrong with the whole.
    pub(super) fn trouble(&self, reason: PassFailure, message: &str) {
        let now = self.clock.now();
        self.change(|shared| shared.trouble = Some(condition(reason, message, shared.trouble.as_ref(), now)));
    }

    /// The ledger can't be written, or can again; said when it changes.
    pub(super) fn ledger(&self, error: Option<&LedgerError>) {
        let now = self.clock.now();
        match (error, self.snapshot.borrow().ledger.is_some()) {
            (Some(error), false) => tracing::error!("Nothing is sent until the ledger can be written: {}", error.advice()),
            (None, true) => tracing::info!("The ledger can be written again"),
            _ => {}
        }
        self.change(|shared| {
            shared.ledger = error.map(|error| {
                let reason = if matches!(error, LedgerError::Gone { .. }) { LEDGER_GONE } else { "ledger" };
                condition(reason.to_owned(), &error.advice(), shared.ledger.as_ref(), now)
            });
        });
    }

    /// What the application may not do, by kind or act.
    pub(super) fn forbidden(&self, known: &Forbidden) {
        let now = self.clock.now();
        self.change(|shared| {
            shared.forbidden = known.values().next().map(|problem| {
                let lacking = MissingPermissions(known.keys().copied().collect());
                let words: Vec<&str> = known.keys().map(|permission| permission.as_str()).collect();
                let cure = problem.cure.trim_end_matches('.');
                let message = spelled(&format!("{} ({}); what to do: {cure}", problem.detail, words.join(", "))).into_owned();
                // The trouble lasts for as long as one of them is still missing.
                let before = shared.forbidden.as_ref().filter(|before| !before.reason.0.is_disjoint(&lacking.0));
                Condition { since: before.map_or(now, |before| before.since), reason: lacking, message }
            });
        });
    }

    /// Why the pages can't be served for now, or that they are; said when it changes.
    pub(super) fn pages(&self, why_not: Option<(SocketAddr, &str)>) {
        let at = self.clock.now();
        if let (Some((_, why)), false) = (why_not, self.snapshot.borrow().pages.is_some()) {
            tracing::warn!("The pages are not served: {why}");
        }
        self.change(|now| {
            let before = now.pages.take();
            now.pages = why_not.map(|(address, why)| condition(address.to_string(), why, before.as_ref(), at));
        });
    }

    /// By which ways nobody can be told.
    pub(super) fn untold(&self, untold: &BTreeMap<&'static str, Untold>) {
        let messages: Vec<&str> = untold.values().map(|untold| untold.message.as_str()).collect();
        let names: Vec<&str> = untold.keys().copied().collect();
        let since = untold.values().map(|untold| untold.since).min();
        let condition =
            since.map(|since| Condition { reason: names.join(" "), message: spelled(&messages.join("; ")).into_owned(), since });
        self.change(|shared| shared.notify = condition);
    }

    /// Whether anybody can sign in.
    pub(super) fn sign_in(&self, problem: Option<&Problem>) {
        let now = self.clock.now();
        self.change(|shared| {
            shared.sign_in =
                problem.map(|problem| condition(problem.reason, &problem.with_advice(), shared.sign_in.as_ref(), now));
        });
    }
}

/// What was wrong before already keeps its time.
pub(super) fn condition<R: PartialEq>(reason: R, message: &str, before: Option<&Condition<R>>, now: Timestamp) -> Condition<R> {
    let since = before.filter(|before| before.reason == reason).map_or(now, |before| before.since);
    Condition { reason, message: spelled(message).into_owned(), since }
}

/// Adds what one dispatcher and one client count to the totals of the service: they start at zero, the totals don't.
#[derive(Default)]
pub(super) struct CounterDeltas {
    delivered: AtomicU64,
    failed: AtomicU64,
    removed: AtomicU64,
    requests: AtomicU64,
    throttled: AtomicU64,
    bytes: AtomicU64,
}

impl CounterDeltas {
    pub(super) fn count(&self, shared: &SharedStatus, progress: &Progress, counters: RequestCounts) {
        let more = |seen: &AtomicU64, now: u64| now.saturating_sub(seen.swap(now, Ordering::Relaxed));
        let (delivered, failed) = (more(&self.delivered, progress.delivered), more(&self.failed, progress.failed));
        let (requests, throttled) = (more(&self.requests, counters.requests), more(&self.throttled, counters.throttled));
        let bytes = more(&self.bytes, counters.bytes_sent);
        let removed = more(&self.removed, progress.removed);
        if delivered + failed + removed > 0 {
            shared.recount();
        }
        let now = shared.clock.now();
        let heard = shared.heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
        shared.change(|shared| {
            shared.totals.delivered += delivered;
            shared.totals.failed += failed;
            shared.totals.removed += removed;
            shared.totals.requests += requests;
            shared.totals.throttled += throttled;
            shared.totals.bytes_sent += bytes;
            // To the tenth, so that it does not change with every look.
            shared.rate_per_second = (progress.allowed_per_second * 10.0).round() / 10.0;
            let paused = (progress.paused_s > 0).then(|| now.plus(Duration::from_secs(progress.paused_s)));
            shared.paused_until = moved(shared.paused_until, paused);
            let down = (progress.unreachable_s > 0)
                .then(|| Timestamp::from_millis(now.millis() - i64::try_from(progress.unreachable_s).unwrap_or(0) * 1000));
            let asked = (!matches!(heard, Heard::Answers)).then(|| shared.unreachable_since.unwrap_or(now));
            shared.unreachable_since = moved(shared.unreachable_since, down.into_iter().chain(asked).min());
            let instead = if let Heard::Instead(words) = heard { Some(words) } else { None };
            shared.outage = progress.outage.as_deref().map(str::to_owned).or(instead);
        });
    }

    /// The next dispatcher starts at zero.
    pub(super) fn next(&self) {
        self.delivered.store(0, Ordering::Relaxed);
        self.failed.store(0, Ordering::Relaxed);
        self.removed.store(0, Ordering::Relaxed);
    }
}

/// The new time, or the old one if it is the same but for rounding.
fn moved(before: Option<Timestamp>, now: Option<Timestamp>) -> Option<Timestamp> {
    match (before, now) {
        (Some(before), Some(now)) if before.since(now) <= SAME && now.since(before) <= SAME => Some(before),
        (_, now) => now,
    }
}
