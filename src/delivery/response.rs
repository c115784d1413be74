//! What an answer means, for its photo and for all the others.

use std::time::Duration;

use super::own_etag::AskedToWait;
use super::prepared::PreparedUpload;
use super::refusal_rows::RefusalRows;
use super::retry::{outage_signal, outcome, panicked};
use super::scheduler::{Now, Scheduler, Slot};
use super::token_refusals::TokenRefusal;
use crate::flow::{FailurePattern, Sign};
use crate::graph::{Accepted, Class, Failure, Recourse, ThrottleScope};
use crate::ledger::Due;
use crate::model::{Arrival, Outcome, Problem, Reason, TargetId, Trace};

/// So many different targets of one kind, refused with one code for want of a permission or of Exchange in the tenant while
/// nobody of the kind succeeds, stop the kind. Fewer may be people that Graph protects.
const FORBIDDEN: usize = 20;
/// A tenant without Exchange has it for nobody.
const NO_EXCHANGE: usize = 5;
/// Who was permitted and is refused for so long, all of them, has lost the permission; until then it is an outage's shape.
const REVOKED: Duration = Duration::from_secs(5 * 60);

/// What came of a request.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) result: Result<(Outcome, Accepted), Failure>,
    /// When it was sent, and when the answer came.
    pub(super) sent: Duration,
    pub(super) came: Duration,
    /// It was a question that had to be asked first; the photo was not sent.
    pub(super) unsent: bool,
    /// It was sent before an outage ended, and not waited for any longer; or a pause began before it was sent.
    pub(super) given_up: bool,
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
        let action = self.judge(due, prepared, answer, chance, now);
        if matches!(action, ResponseAction::Record(..)) {
            self.note_answered(&due.target);
        }
        action
    }

    fn judge(&mut self, due: &Due, prepared: &PreparedUpload, answer: Response, chance: f64, now: Now) -> ResponseAction {
        let Response { result, sent, came, unsent, given_up } = answer;
        let elapsed_ms = u64::try_from(came.saturating_sub(sent).as_millis()).unwrap_or(u64::MAX);
        // Evidence is judged in the order in which requests left, questions before them included.
        let left = self.launched_at(&due.target).unwrap_or(sent);
        let trace =
            Trace { note: prepared.note(), sent: prepared.digest(), bytes: prepared.bytes(), elapsed_ms, ..Trace::default() };
        self.proves_sign_in &= matches!(&result, Err(failure) if failure.class == Class::SignIn);
        match result {
            Ok((outcome, accepted)) => {
                self.end_of_outage(left, now);
                self.note_latency(&due.target, now.elapsed);
                self.pacer.answered(sent, now.elapsed);
                if let Some(share) = accepted.throttle {
                    self.pacer.hint(share, now.elapsed);
                }
                self.refusals.0 = 0;
                self.forbidden.remove(&due.target.kind());
                self.permitted.insert(due.target.kind());
                self.is_doubtful = false;
                self.refused_in_doubt.clear();
                self.not_permitted.remove(&due.target);
                self.token_refusals.answered(&due.target, left);
                let again = self.rows.refuted(due.target.kind(), left);
                self.to_resume.extend(again);
                let status = Some(accepted.status).filter(|status| *status > 0);
                let arrival = if prepared.is_photo() { Arrival::Accepted } else { Arrival::NotSent };
                ResponseAction::Record(outcome, Trace { status, request_id: accepted.request_id, arrival, ..trace })
            }
            Err(failure) if given_up => {
                let until = now.wall.plus(failure.retry_after.unwrap_or_else(|| self.retry.after_accident(1, chance)));
                let outcome = Outcome::Wait { until, problem: failure.problem(), counts: false };
                let arrival = if unsent { Arrival::NotSent } else { failure.arrival() };
                ResponseAction::Record(outcome, Trace { arrival, ..trace })
            }
            Err(failure) => {
                tracing::warn!(
                    target.id = %due.target, reason = %failure.reason(), status = failure.status, code = failure.code,
                    request_id = failure.request_id, "A photo was not delivered: {failure}"
                );
                let failure = if unsent { not_its_own(failure) } else { in_doubt(failure) };
                let failure = match self.token_refused(due, &failure, left) {
                    Some(TokenRefusal::First) => {
                        self.breaker.probe_dropped();
                        let until = now.wall.plus(self.retry.delay(1, chance));
                        let outcome = Outcome::Wait { until, problem: failure.clone().of_this_one().problem(), counts: false };
                        return ResponseAction::Record(outcome, told(trace, failure, unsent || !prepared.is_photo()));
                    }
                    Some(TokenRefusal::Own) => failure.of_this_one(),
                    Some(TokenRefusal::Everybody) | None => failure,
                };
                let (doubted, shared) = (self.is_doubted(due, &failure, now), self.is_shared(due, &failure, now));
                self.on_failure(due, &failure, doubted || shared, (left, sent), now);
                if failure.class == Class::SignIn {
                    self.breaker.probe_dropped();
                    return ResponseAction::SignIn(failure.problem());
                }
                if failure.recourse == Some(Recourse::SendSmaller) && prepared.is_large() {
                    return ResponseAction::PrepareSmaller;
                }
                let down = self.breaker.down_since().is_some() && (doubted || shared || outage_signal(&failure).is_some());
                // While nobody can be reached, nothing counts against a photo, and none is given up.
                let tried = if down { Due { attempts: 0, failing_since: None, ..due.clone() } } else { due.clone() };
                let believed = self.may_be_believed(&tried, now);
                let waits = doubted && (down || !believed) || shared && down;
                self.is_doubtful |= waits && failure.class == Class::KindForbidden;
                let failure =
                    if waits { Failure { final_reason: failure.reason(), class: Class::FewTries, ..failure } } else { failure };
                let mut outcome = outcome(&self.retry, &tried, &failure, believed, self.refusals.0, chance, now.wall);
                if matches!(outcome, Outcome::Blocked { .. }) && RefusalRows::is_one(&failure) {
                    self.rows.refused(due, &failure, left, now.elapsed);
                }
                match &mut outcome {
                    Outcome::Wait { counts, .. } => *counts &= !down,
                    Outcome::Blocked { problem }
                        if problem.reason == Reason::NotPermitted && failure.class != Class::NotPossible =>
                    {
                        self.not_permitted.insert(due.target.clone());
                    }
                    _ => {}
                }
                if let (Class::Throttled, Outcome::Wait { until, .. }) = (failure.class, &outcome) {
                    let (target, scope) = (due.target.clone(), failure.throttle_scope);
                    self.asked_to_wait(AskedToWait { target, scope, wait: until.since(now.wall), sent }, now.elapsed);
                }
                ResponseAction::Record(outcome, told(trace, failure, unsent || !prepared.is_photo()))
            }
        }
    }

    /// Graph has taken this photo, and so it answers, however long it takes until it says what it calls it.
    pub(super) fn accepted(&mut self, target: &TargetId, now: Now) {
        let Some(Slot::InFlight { left, accepted }) = self.slots.get_mut(target) else { return };
        *accepted = true;
        let left = *left;
        self.end_of_outage(left, now);
    }

    /// The upload ended in a panic.
    pub(super) fn panicked(&mut self, error: &str) -> (Outcome, Trace) {
        self.breaker.probe_dropped();
        tracing::error!("Internal error: an upload task panicked: {error}");
        (Outcome::Blocked { problem: panicked(error) }, Trace::default())
    }

    /// Who could do this to others of the kind does not lack a permission, and speaks to the right service: what is said to
    /// the contrary is this one's own trouble, or everybody's. After a while of the latter the permission is gone.
    fn is_doubted(&mut self, due: &Due, failure: &Failure, now: Now) -> bool {
        let kind = due.target.kind();
        let of_all = matches!(failure.class, Class::KindForbidden | Class::NoExchange);
        if !of_all || outage_signal(failure).is_some() || !self.permitted.contains(&kind) {
            return false;
        }
        self.refused_in_doubt.insert(due.target.clone());
        let is_revoked = self.breaker.down_since().is_some_and(|since| now.elapsed.saturating_sub(since) >= REVOKED);
        if is_revoked {
            // Who was refused meanwhile counts; few of them may be people that Graph protects, who are all that is left.
            self.permitted.remove(&kind);
            let refused = self.refused_in_doubt.extract_if(|target| target.kind() == kind).collect();
            self.forbidden.insert(kind, (failure.code.clone(), refused));
        }
        !is_revoked
    }

    /// What it tells that Graph refused the token, if it did.
    fn token_refused(&mut self, due: &Due, failure: &Failure, left: Duration) -> Option<TokenRefusal> {
        // A limit may be looked at before the token is.
        let is_judged = !matches!(failure.class, Class::SignIn | Class::Throttled) && outage_signal(failure).is_none();
        if failure.code.is_some() && is_judged {
            self.token_refusals.answered(&due.target, left);
        }
        (failure.recourse == Some(Recourse::AskOthers)).then(|| self.token_refusals.refused(&due.target, left))
    }

    /// Who took a photo before does not lack what it takes to have one: that others are refused so, too, is everybody's trouble.
    /// After a while it is believed all the same.
    fn is_shared(&mut self, due: &Due, failure: &Failure, now: Now) -> bool {
        let (kind, down) = (due.target.kind(), self.breaker.down_since());
        if RefusalRows::is_one(failure) && down.is_some_and(|since| now.elapsed.saturating_sub(since) >= REVOKED) {
            self.rows.believe(kind);
        }
        self.rows.is_sign(kind, due.ours.is_some(), failure) || (down.is_some() && self.rows.is_alike(kind, failure))
    }

    /// Whether what a photo fails of may be said to be its own: others were answered since it began to fail, or it has
    /// lasted so long that it does not matter.
    fn may_be_believed(&self, due: &Due, now: Now) -> bool {
        let failing_for = due.failing_since.map_or(Duration::ZERO, |since| now.wall.since(since));
        failing_for >= self.doubts_for || self.breaker.succeeded_within(failing_for, now.elapsed)
    }

    /// What a failure means for the others.
    fn on_failure(&mut self, due: &Due, failure: &Failure, doubted: bool, (left, sent): (Duration, Duration), now: Now) {
        let Some(sign) = outage_signal(failure).or(doubted.then_some(Sign::Vague)) else {
            if failure.class != Class::SignIn {
                if !self.rows.is_alike(due.target.kind(), failure) {
                    self.end_of_outage(left, now);
                }
                if failure.class != Class::Throttled {
                    self.pacer.answered(sent, now.elapsed);
                }
            }
            if matches!(failure.class, Class::KindForbidden | Class::NoExchange) {
                self.note_forbidden(due, failure);
            }
            return;
        };
        self.outage = (!failure.is_unreachable()).then(|| failure.to_string().into());
        let asked = failure.retry_after.unwrap_or_default();
        if !asked.is_zero() {
            self.asked.insert(due.target.clone(), now.elapsed + asked);
        }
        let whom = (due.target.clone(), due.generation);
        let pending = self.pending(&due.target, now.elapsed);
        match self.breaker.failed(&whom, sign, asked, left, &pending, now.elapsed) {
            FailurePattern::Outage(mut suspects) => {
                tracing::warn!("Graph can't be reached; probing, one request at a time, until it answers: {failure}");
                // This one's own try, the last, is not recorded yet, and will not count.
                suspects.pop();
                for (target, _) in &suspects {
                    self.not_permitted.remove(target);
                }
                self.to_forgive.extend(suspects);
            }
            FailurePattern::Single | FailurePattern::Known => {}
        }
        if self.breaker.down_since().is_none() {
            if failure.class == Class::FewTries || doubted {
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
        refused.insert(due.target.clone());
        let enough = if failure.class == Class::NoExchange { NO_EXCHANGE } else { FORBIDDEN };
        if refused.len() >= enough && !self.permitted.contains(&kind) {
            refused.clear();
            self.to_stop.push((kind, failure.problem()));
        }
    }

    /// Graph asked to slow down: everybody waits, or the one mailbox that was meant.
    pub(super) fn asked_to_wait(&mut self, asked: AskedToWait, now: Duration) {
        let AskedToWait { target, scope, wait, sent } = asked;
        if scope == Some(ThrottleScope::Mailbox) {
            self.pause_mailbox(&target, now + wait);
            return;
        }
        // Questions before and after an upload may leave long after it was let go, a refusal later: that is no new one.
        let left = self.launched_at(&target).unwrap_or(sent);
        if left >= self.refusals.1 {
            self.refusals = (self.refusals.0.saturating_add(1), now);
        }
        self.pacer.refused(None, wait, left, now);
        self.pauses.send_modify(|pauses| pauses.pause(now + wait));
    }

    fn end_of_outage(&mut self, sent: Duration, now: Now) {
        let recovery = self.breaker.reached(sent, now.elapsed);
        self.asked.retain(|_, until| *until > now.elapsed);
        let (waits, goes): (Vec<_>, Vec<_>) =
            recovery.forgiven.into_iter().partition(|(target, _)| self.asked.contains_key(target));
        self.to_forgive.extend(waits);
        self.to_resume.extend(goes);
        if let Some((lasted, probes)) = recovery.ended {
            tracing::info!(probes, "Graph answers again, after {} s", lasted.as_secs());
            self.pacer.recovered(now.elapsed);
            self.give_up_hanging(sent, now.elapsed);
        }
    }
}

/// A trace of a try that failed so; `nothing_sent`: no photo went out.
fn told(trace: Trace, failure: Failure, nothing_sent: bool) -> Trace {
    let arrival = if nothing_sent { Arrival::NotSent } else { failure.arrival() };
    let Failure { status, code, request_id, .. } = failure;
    Trace { status, code, request_id: request_id.map(String::from), arrival, ..trace }
}

/// What nobody has heard of may pass, and is everybody's where others get it, too: it is tried a few times.
fn in_doubt(failure: Failure) -> Failure {
    let is_odd = failure.class == Class::Bug && outage_signal(&failure).is_none();
    if is_odd { Failure { class: Class::FewTries, ..failure } } else { failure }
}

/// Who does not understand a question asked beforehand has said nothing about the photo.
fn not_its_own(failure: Failure) -> Failure {
    if failure.class == Class::Bug { Failure { class: Class::Transient, ..failure } } else { failure }
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
