//! Compares what was delivered with what the tenant shows, by what Graph calls the photo: the bytes never match.
//!
//! It asks less urgently than anything else: after all that was due is out, at the pace of uploads, and in pieces, the
//! target that was compared longest ago first; what was found is written down at once.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::drift_policy::DriftPolicies;
use super::drift_summary::{DriftFound, DriftSummary};
use super::patience::Unanswered;
use super::policies::group_cure;
use super::retry::is_down;
use super::run_end::Until;
use super::service_state::ServiceState;
use super::token_refusals::{TokenRefusal, TokenRefusals};
use super::uploader::Uploader;
use crate::flow::{Pacer, Verdict};
use crate::graph::{Class, Failure};
use crate::ledger::{DriftCheck, DriftFinding, Ledger, LedgerError};
use crate::lookup::ScopeError;
use crate::model::{Drift, DriftPolicy, PassCause, Problem, Reason, Stopped, TargetId, Timestamp};
use crate::status::HeldItem;

/// Photos asked about at once, at most.
const AT_ONCE: usize = 16;
/// Targets read from the ledger at once.
const PIECE: usize = 1_000;
/// Wait after Graph said "slow down" without saying how long.
const PAUSE: Duration = Duration::from_secs(5);
/// While others have something to send, it looks this often whether they are done.
const ASIDE: Duration = Duration::from_secs(1);
/// Tries for one target that Graph can't answer for now.
const TRIES: u32 = 3;

/// What to compare.
#[derive(Clone, Debug)]
pub(crate) struct CompareSelection {
    /// Those that were compared, or delivered, last before this.
    pub before: Timestamp,
    /// Only these.
    pub only: Option<Arc<HashSet<TargetId>>>,
    /// While the dispatcher of this service has something to send, nothing is asked.
    pub behind: Option<Arc<ServiceState>>,
}

type Answered = (DriftCheck, u32, Result<Option<String>, Failure>, Duration);

impl Uploader {
    /// Compares what was not compared for `drift.check_every`, after all that is due is out; then wakes the dispatcher
    /// if something is to be sent again. Nothing to compare: no pass is begun.
    pub(crate) async fn compare_beside(
        &self,
        ledger: &Ledger,
        state: &Arc<ServiceState>,
        until: &Until,
    ) -> Result<Option<DriftSummary>, LedgerError> {
        let Some(every) = self.drift.check_every else { return Ok(None) };
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp::from_millis(self.clock.now().millis().saturating_sub(every));
        if ledger.read(move |reader| reader.to_check(before, 1, None)).await?.is_empty() {
            return Ok(None);
        }
        let which = CompareSelection { before, only: None, behind: Some(Arc::clone(state)) };
        let summary = self.verify(ledger, &which, until).await?;
        if summary.made_due > 0 {
            state.nudge.notify_one();
        }
        Ok(Some(summary))
    }

    /// Compares delivered photos with the tenant, as a pass of the journal. Sends no photo.
    pub(crate) async fn verify(
        &self,
        ledger: &Ledger,
        which: &CompareSelection,
        until: &Until,
    ) -> Result<DriftSummary, LedgerError> {
        let pass = ledger.begin_pass(PassCause::Verify, self.clock.now(), self.clock.steady()).await?;
        let summary = self.check_drift(ledger, pass, which, until).await?;
        let kept = DriftSummary { differing: Vec::new(), problems: Vec::new(), ..summary.clone() };
        ledger.end_pass(pass, serde_json::to_string(&kept).unwrap_or_default(), self.clock.now()).await?;
        Ok(summary)
    }

    /// Compares, and does with what differs as the settings say.
    pub(crate) async fn check_drift(
        &self,
        ledger: &Ledger,
        pass: i64,
        which: &CompareSelection,
        until: &Until,
    ) -> Result<DriftSummary, LedgerError> {
        let began = self.clock.elapsed();
        let deadline = until.max_duration.map(|span| began + span);
        let mut run = Comparison {
            uploader: self,
            ledger,
            pass,
            behind: which.behind.as_deref(),
            seen: HashSet::new(),
            queue: VecDeque::new(),
            later: Vec::new(),
            pacer: Pacer::new(self.upload.pace, began),
            work: JoinSet::new(),
            policies: DriftPolicies::default(),
            summary: DriftSummary::default(),
            until,
            unanswered: Unanswered::default(),
            token_refusals: TokenRefusals::default(),
        };
        loop {
            let stop = if until.cancelled.is_cancelled() {
                Some(Stopped::Signal)
            } else if deadline.is_some_and(|deadline| self.clock.elapsed() >= deadline) {
                Some(Stopped::MaxDuration)
            } else {
                None
            };
            run.summary.stopped = run.summary.stopped.or(stop);
            if stop.is_some() {
                // Nothing is changed by what is still asked: nobody waits for the answers.
                run.work.abort_all();
                return Ok(run.end());
            }
            run.wake_up();
            let is_idle = run.queue.is_empty() && run.work.is_empty() && run.later.is_empty();
            if run.summary.stopped.is_none() && is_idle {
                // What can't be said stays where it is in the ledger; it is asked about once.
                let (before, most, only) = (which.before, PIECE + run.seen.len(), which.only.clone());
                let found = ledger.read(move |reader| reader.to_check(before, most, only.as_deref())).await?;
                run.queue = found.into_iter().filter(|check| !run.seen.contains(&check.target)).map(|check| (check, 1)).collect();
            }
            let nothing_left = run.queue.is_empty() && run.later.is_empty();
            if run.work.is_empty() && (run.summary.stopped.is_some() || nothing_left) {
                return Ok(run.end());
            }
            let wake = if run.summary.stopped.is_none() { run.launch() } else { None };
            let hangs_at = run.unanswered.until(until.patience);
            let sleep = wake
                .into_iter()
                .chain(hangs_at)
                .chain(run.later.iter().map(|(at, ..)| *at))
                .min()
                .map_or(Duration::from_secs(60), |at| at.saturating_sub(self.clock.elapsed()));
            let sleep = deadline.map_or(sleep, |deadline| sleep.min(deadline.saturating_sub(self.clock.elapsed())));
            // An answer that is there counts before any time that is over.
            tokio::select! {
                biased;
                Some(came) = run.work.join_next() => {
                    // Whose word counts may have to be asked, too.
                    let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_sub(self.clock.elapsed()));
                    if let Ok(taken) = tokio::time::timeout(left, run.on_answer(came)).await {
                        taken?;
                    }
                }
                () = tokio::time::sleep(sleep), if run.summary.stopped.is_none() || hangs_at.is_some() => {
                    let now = self.clock.elapsed();
                    if hangs_at.is_some_and(|at| at <= now) {
                        run.work.abort_all();
                        run.summary.unreachable = true;
                        run.stop_for(Stopped::Directory, &run.unanswered.too_long(&self.directory.tenant.graph, now).problem());
                        return Ok(run.end());
                    }
                }
                () = until.cancelled.cancelled(), if run.summary.stopped.is_none() => {}
            }
        }
    }
}

struct Comparison<'a> {
    uploader: &'a Uploader,
    ledger: &'a Ledger,
    pass: i64,
    behind: Option<&'a ServiceState>,
    /// Targets that were asked about; in a ledger of hundred thousand some megabytes.
    seen: HashSet<TargetId>,
    queue: VecDeque<(DriftCheck, u32)>,
    /// Whom Graph could not answer for, as it does for others: asked again then.
    later: Vec<(Duration, DriftCheck, u32)>,
    pacer: Pacer,
    work: JoinSet<Answered>,
    policies: DriftPolicies,
    summary: DriftSummary,
    until: &'a Until,
    unanswered: Unanswered,
    token_refusals: TokenRefusals,
}

impl Comparison<'_> {
    fn end(mut self) -> DriftSummary {
        self.summary.differing.sort_by(|a, b| (&a.target, &a.object_id).cmp(&(&b.target, &b.object_id)));
        self.summary
    }

    /// Puts those whose wait is over back into the queue.
    fn wake_up(&mut self) {
        let now = self.uploader.clock.elapsed();
        self.queue.extend(self.later.extract_if(.., |(at, ..)| *at <= now).map(|(_, check, tries)| (check, tries)));
    }

    /// Asks what the pace lets go; says when to look again.
    fn launch(&mut self) -> Option<Duration> {
        while self.work.len() < self.uploader.upload.concurrency.min(AT_ONCE) {
            let (check, _) = self.queue.front()?;
            let now = self.uploader.clock.elapsed();
            if self.behind.is_some_and(ServiceState::is_busy) {
                return Some(now + ASIDE);
            }
            match self.pacer.ask(check.target.kind(), now) {
                Verdict::Go => {
                    let (check, tries) = self.queue.pop_front()?;
                    self.seen.insert(check.target.clone());
                    let graph = self.uploader.directory.tenant.graph.clone();
                    self.unanswered.asked(now);
                    self.work.spawn(async move {
                        let etag = graph.photo_etag(&check.target).await;
                        (check, tries, etag, now)
                    });
                }
                Verdict::At { at, .. } => return Some(at),
            }
        }
        None
    }

    async fn on_answer(&mut self, came: Result<Answered, tokio::task::JoinError>) -> Result<(), LedgerError> {
        self.unanswered.answered(!self.work.is_empty(), self.uploader.clock.elapsed());
        let (check, tries, answer, sent) = match came {
            Ok(asked) => asked,
            Err(error) => {
                tracing::error!("Internal error: comparing with the tenant panicked: {error}");
                self.summary.unknown += 1;
                return Ok(());
            }
        };
        let now = self.uploader.clock.elapsed();
        let drift = match answer {
            Ok(etag) => {
                self.pacer.answered(sent, now);
                self.token_refusals.answered(&check.target, sent);
                match (etag, &check.etag) {
                    (None, _) => Drift::Gone,
                    (Some(there), Some(ours)) if there == *ours => Drift::Same,
                    (Some(there), _) if check.by_other_name.as_ref() == Some(&there) => Drift::Same,
                    (Some(_), Some(_)) => Drift::Changed,
                    (Some(there), None) => Drift::Learned(there),
                }
            }
            Err(failure) => {
                match self.uploader.refused(&mut self.token_refusals, (&check.target, &failure), sent).await {
                    Some(TokenRefusal::First) => self.queue.push_back((check, tries)),
                    Some(TokenRefusal::Own) => self.unknown(&check, &failure.of_this_one()),
                    Some(TokenRefusal::Everybody) | None => self.failed(check, tries, &failure, sent, now),
                }
                return Ok(());
            }
        };
        let policy = match drift {
            Drift::Same | Drift::Learned(_) => DriftPolicy::Report,
            Drift::Changed | Drift::Gone => match self.policies.of(self.uploader, &check, &drift).await {
                Ok(policy) => policy,
                // Nothing is done to it until it is known whose word counts.
                Err(error) => {
                    self.summary.unknown += 1;
                    self.undecided(error);
                    return Ok(());
                }
            },
        };
        let then = match (&drift, policy) {
            (Drift::Learned(_), _) => {
                "what Graph called our photo was not known; from now on a change of the one that is there is noticed"
            }
            (_, DriftPolicy::Report) => "reported",
            (_, DriftPolicy::HrWins) => "due",
            (_, DriftPolicy::UserWins) => "kept",
        };
        self.summary.checked += 1;
        match drift {
            Drift::Same => self.summary.same += 1,
            Drift::Changed => self.summary.changed += 1,
            Drift::Gone => self.summary.gone += 1,
            Drift::Learned(_) => {
                self.summary.unknown += 1;
                self.summary.learned += 1;
            }
        }
        if drift != Drift::Same {
            self.summary.made_due += u64::from(policy == DriftPolicy::HrWins);
            self.tell(&check, drift.as_str(), then.to_owned());
        }
        if matches!(drift, Drift::Changed | Drift::Gone) {
            tracing::info!(target.id = %check.target, found = drift.as_str(), then, "The tenant no longer shows our photo");
        }
        let at = self.uploader.clock.now();
        self.ledger.found(DriftFinding { check, drift, policy, pass: self.pass, at }).await
    }

    fn failed(&mut self, check: DriftCheck, tries: u32, failure: &Failure, sent: Duration, now: Duration) {
        let wait = failure.retry_after.unwrap_or(PAUSE);
        let is_soon = wait <= self.until.patience;
        match failure.class {
            Class::Throttled if is_soon || self.until.waits_out_pauses => {
                self.pacer.refused(None, wait, sent, now);
                self.queue.push_front((check, tries));
            }
            Class::Throttled => self.give_up(Stopped::Directory, &failure.clone().after_waiting_no_more()),
            Class::SignIn | Class::KindForbidden => self.give_up(Stopped::SignIn, failure),
            // It alone can't be answered for: that keeps nobody else waiting.
            Class::Transient if tries < TRIES && is_soon && !is_down(failure) => {
                let asked = failure.retry_after.unwrap_or_default();
                let wait = self.uploader.upload.retry.after_accident(tries, fastrand::f64()).max(asked);
                self.later.push((now + wait, check, tries + 1));
            }
            _ if tries < TRIES && is_soon && is_down(failure) => {
                self.pacer.waits(wait, now);
                self.queue.push_back((check, tries + 1));
            }
            _ if is_down(failure) => self.give_up(Stopped::Directory, &failure.clone().after_waiting_no_more()),
            _ => self.unknown(&check, failure),
        }
    }

    /// What stops all leaves this one unknown, too.
    fn give_up(&mut self, why: Stopped, failure: &Failure) {
        self.summary.unknown += 1;
        self.stop(why, failure);
    }

    fn unknown(&mut self, check: &DriftCheck, failure: &Failure) {
        self.summary.checked += 1;
        self.summary.unknown += 1;
        self.tell(check, "unknown", format!("could not be compared: {failure}"));
    }

    fn undecided(&mut self, error: ScopeError) {
        match error {
            ScopeError::Directory(failure) if matches!(failure.class, Class::SignIn | Class::KindForbidden) => {
                self.stop(Stopped::SignIn, &failure);
            }
            ScopeError::Directory(failure) => self.stop(Stopped::Directory, &failure),
            ScopeError::Halt(halt) => {
                self.stop_for(Stopped::Group, &Problem::new(Reason::TargetMissing, halt.message).with_cure(group_cure("drift")));
            }
        }
    }

    fn stop(&mut self, why: Stopped, failure: &Failure) {
        self.summary.unreachable |= failure.is_unreachable();
        self.stop_for(why, &failure.problem());
    }

    fn stop_for(&mut self, why: Stopped, problem: &Problem) {
        if self.summary.stopped.is_none() {
            self.summary.stopped = Some(why);
            self.summary.problems.push(HeldItem::new(problem));
        }
    }

    fn tell(&mut self, check: &DriftCheck, found: &'static str, then: String) {
        let (target, object_id) = (check.label.clone(), check.target.to_string());
        self.summary.differing.push(DriftFound { target, object_id, found: found.into(), then });
    }
}

impl DriftSummary {
    /// Whether every photo is ours for sure.
    pub(crate) fn is_same(&self) -> bool {
        self.changed == 0 && self.gone == 0 && self.unknown == 0 && self.stopped.is_none()
    }
}
