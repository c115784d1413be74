//! What an answer means, for its photo and for all the others.

use std::time::Duration;

use super::prepared::PreparedUpload;
use super::retry::{outage_signal, outcome, panicked};
use super::scheduler::{Now, Scheduler};
use crate::flow::FailurePattern;
use crate::graph::{Accepted, Class, Failure, ThrottleScope};
use crate::ledger::Due;
use crate::model::{Arrival, Outcome, Problem, Trace};

/// So many different targets of one kind, refused with one code for want of a permission or of Exchange in the tenant while
/// nobody of the kind succeeds, stop the kind. Fewer may be people that Graph protects.
const FORBIDDEN: usize = 20;
/// A tenant without Exchange has it for nobody.
const NO_EXCHANGE: usize = 5;

/// What came of a request.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) result: Result<(Outcome, Accepted), Failure>,
    /// When it was sent, and when the answer came.
    pub(super) sent: Duration,
    pub(super) came: Duration,
    /// It was a question that had to be asked first; the photo was not sent.
    pub(super) unsent: bool,
}

/// What is to become of the try.
#[derive(Debug)]
pub(super) enum ResponseAction {
    /// It is written down.
    Record(Outcome, Trace),
    /// It goes on with a smaller rendition.
    PrepareSmaller,
    /// Nobody can sign in; the photo stays due.
    SignIn(Problem),
}

impl Scheduler {
    /// Takes an answer. `chance` is drawn evenly from 0..1.
    pub(super) fn answered(
        &mut self,
        due: &Due,
        prepared: &PreparedUpload,
        answer: Response,
        chance: f64,
        now: Now,
    ) -> ResponseAction {
        let Response { result, sent, came, unsent } = answer;
        let elapsed_ms = u64::try_from(came.saturating_sub(sent).as_millis()).unwrap_or(u64::MAX);
        let trace =
            Trace { note: prepared.note(), sent: prepared.digest(), bytes: prepared.bytes(), elapsed_ms, ..Trace::default() };
        match result {
            Ok((outcome, accepted)) => {
                self.note_latency(&due.target, now.elapsed);
                self.end_of_outage(sent, now);
                self.pacer.answered(sent, now.elapsed);
                if let Some(share) = accepted.throttle {
                    self.pacer.hint(share, now.elapsed);
                }
                self.refusals.0 = 0;
                self.forbidden.remove(&due.target.kind());
                self.permitted.insert(due.target.kind());
                let status = Some(accepted.status).filter(|status| *status > 0);
                let arrival = if prepared.is_photo() { Arrival::Accepted } else { Arrival::NotSent };
                ResponseAction::Record(outcome, Trace { status, request_id: accepted.request_id, arrival, ..trace })
            }
            Err(failure) => {
                tracing::warn!(
                    target.id = %due.target, reason = %failure.reason(), status = failure.status, code = failure.code,
                    request_id = failure.request_id, "A photo was not delivered: {failure}"
                );
                self.on_failure(due, &failure, sent, now);
                if failure.class == Class::SignIn {
                    self.breaker.probe_dropped();
                    return ResponseAction::SignIn(failure.problem());
                }
                if failure.try_smaller && prepared.is_large() {
                    return ResponseAction::PrepareSmaller;
                }
                let down = self.breaker.down_since().is_some() && outage_signal(&failure).is_some();
                // While nobody can be reached, nothing counts against a photo, and none is given up.
                let tried = if down { Due { attempts: 0, failing_since: None, ..due.clone() } } else { due.clone() };
                let mut outcome = outcome(&self.retry, &tried, &failure, self.refusals.0, chance, now.wall);
                if let Outcome::Wait { counts, .. } = &mut outcome {
                    *counts &= !down;
                }
                self.pause(due, &failure, &outcome, sent, now);
                let arrival = if unsent || !prepared.is_photo() { Arrival::NotSent } else { failure.arrival() };
                let Failure { status, code, request_id, .. } = failure;
                ResponseAction::Record(outcome, Trace { status, code, request_id, arrival, ..trace })
            }
        }
    }

    /// The upload ended in a panic.
    pub(super) fn panicked(&mut self, error: &str) -> (Outcome, Trace) {
        self.breaker.probe_dropped();
        tracing::error!("An upload ended in a fault of photosyncd: {error}");
        (Outcome::Blocked { problem: panicked(error) }, Trace::default())
    }

    /// What a failure means for the others.
    fn on_failure(&mut self, due: &Due, failure: &Failure, sent: Duration, now: Now) {
        let Some(sign) = outage_signal(failure) else {
            if failure.class != Class::SignIn {
                self.end_of_outage(sent, now);
                if failure.class != Class::Throttled {
                    self.pacer.answered(sent, now.elapsed);
                }
            }
            if matches!(failure.class, Class::KindForbidden | Class::NoExchange) {
                self.is_forbidden |= failure.class == Class::KindForbidden;
                self.note_forbidden(due, failure);
            }
            return;
        };
        self.is_unreachable = failure.is_unreachable();
        let asked = failure.retry_after.unwrap_or_default();
        let whom = (due.target.clone(), due.generation);
        match self.breaker.failed(&whom, sign, asked, sent, now.elapsed) {
            FailurePattern::Outage(mut suspects) => {
                tracing::warn!("Graph can't be reached; probing, one request at a time, until it answers: {failure}");
                // This one's own try is not recorded yet, and will not count.
                suspects.retain(|suspect| *suspect != whom);
                self.to_forgive.extend(suspects);
            }
            FailurePattern::Single | FailurePattern::Known => {}
        }
        if self.breaker.down_since().is_none() {
            if failure.class == Class::FewTries {
                self.pacer.answered(sent, now.elapsed);
            } else {
                self.pacer.accident(asked, sent, now.elapsed);
            }
        }
    }

    /// A permission is judged missing only by others of the kind that fail likewise, and only where nobody succeeded.
    fn note_forbidden(&mut self, due: &Due, failure: &Failure) {
        let kind = due.target.kind();
        let (code, refused) = self.forbidden.entry(kind).or_default();
        if *code != failure.code {
            code.clone_from(&failure.code);
            refused.clear();
        }
        let is_new = refused.insert(due.target.clone());
        let enough = if failure.class == Class::NoExchange { NO_EXCHANGE } else { FORBIDDEN };
        if is_new && refused.len() == enough && !self.permitted.contains(&kind) {
            self.to_stop.push((kind, failure.problem()));
        }
    }

    /// Graph asked to slow down: everybody waits, or the one mailbox that was meant.
    fn pause(&mut self, due: &Due, failure: &Failure, outcome: &Outcome, sent: Duration, now: Now) {
        let (Class::Throttled, Outcome::Wait { until, .. }) = (failure.class, outcome) else { return };
        let wait = until.since(now.wall);
        if failure.throttle_scope == Some(ThrottleScope::Mailbox) {
            self.pause_mailbox(&due.target, now.elapsed + wait);
            return;
        }
        if sent >= self.refusals.1 {
            self.refusals = (self.refusals.0.saturating_add(1), now.elapsed);
        }
        self.pacer.refused(None, wait, sent, now.elapsed);
        self.pause_ends = Some(self.pause_ends.unwrap_or_default().max(now.elapsed + wait));
    }

    fn end_of_outage(&mut self, sent: Duration, now: Now) {
        if let Some((lasted, probes)) = self.breaker.reached(sent, now.elapsed) {
            tracing::info!(probes, "Graph answers again, after {} s", lasted.as_secs());
            self.pacer.recovered(now.elapsed);
        }
    }
}
