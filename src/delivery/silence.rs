//! Uploads that get no answer: when that shows that nobody answers, and how long one is waited for.

use std::time::Duration;

use super::scheduler::Scheduler;
use crate::flow::Gate;
use crate::model::TargetId;

impl Scheduler {
    /// Whether nobody answers any more; says when that is to be asked again.
    pub(super) fn notice_silence(&mut self, now: Duration) -> Option<Duration> {
        let span = self.flight.hangs_after();
        let sent = self.unanswered().map(|(_, at)| at);
        let (hanging, others): (Vec<Duration>, Vec<Duration>) = sent.partition(|at| *at + span <= now);
        if let Some((first, explained)) = self.breaker.silence(&hanging, now) {
            self.to_forgive.extend(explained);
            self.outage = None;
            let seconds = now.saturating_sub(first).as_secs();
            tracing::warn!("Graph has not answered for {seconds} s; probing, one request at a time, until it does");
        }
        others.into_iter().map(|at| at + span).min()
    }

    /// How fast what is asked about beforehand goes out: a probe asks about nobody else.
    pub(super) fn pace_of_questions(&self) -> f64 {
        if self.breaker.down_since().is_some() { 0.0 } else { self.pacer.rate() }
    }

    /// When uploads left, of others than this one, whose answers are not late yet; the oldest first.
    pub(super) fn pending(&self, but: &TargetId, now: Duration) -> Vec<Duration> {
        let late_after = self.flight.late_after();
        let others = self.unanswered().filter(|(target, _)| *target != but).map(|(_, at)| at);
        let mut pending: Vec<Duration> = others.filter(|at| *at + late_after > now).collect();
        pending.sort_unstable();
        pending
    }

    /// An outage has ended: what was sent long before `answered` was, and still has no answer, gets none.
    pub(super) fn give_up_hanging(&mut self, answered: Duration, now: Duration) {
        self.to_give_up = now.checked_sub(self.flight.hangs_after()).map(|hanging| hanging.min(answered));
    }

    /// All places are taken by what hangs, and a probe has to leave: who has waited longest gets no answer. Says when to look
    /// again.
    pub(super) fn make_room_for_a_probe(&mut self, now: Duration) -> Option<Duration> {
        match self.breaker.gate(now) {
            Gate::Open => None,
            Gate::Shut(until) => Some(until),
            Gate::Probe => {
                let oldest = self.unanswered().map(|(_, at)| at).min()?;
                let hangs_at = oldest + self.flight.hangs_after();
                if hangs_at > now {
                    return Some(hangs_at);
                }
                self.to_give_up = Some(oldest + Duration::from_nanos(1));
                None
            }
        }
    }

    /// After how long an upload of so many bytes gets no answer any more.
    pub(super) fn given_up_after(&self, bytes: u64) -> Duration {
        self.flight.given_up_after(bytes)
    }
}
