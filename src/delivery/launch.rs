//! Lets photos leave: as many as the pace, the limits, the mailboxes and the weather allow.

use std::time::Duration;

use super::pauses::mailbox;
use super::scheduler::{Ready, Scheduler, Slot, Step};
use crate::flow::{Gate, Verdict};

impl Scheduler {
    /// Sends what the pace and the limits let go; says when to ask again.
    pub(super) fn launch(&mut self, left: Option<u64>, now: Duration, steps: &mut Vec<Step>) -> Option<Duration> {
        let mut wake: Option<Duration> = None;
        let mut sooner = |at: Duration| wake = Some(wake.map_or(at, |wake: Duration| wake.min(at)));
        let mut at = 0;
        let late_after = self.flight.late_after();
        let on_time: Vec<Duration> = self.launched().map(|(_, at)| at + late_after).filter(|late| *late > now).collect();
        let ceiling = if self.proves_sign_in { 1 } else { self.bounds.in_flight };
        let limit = self.flight.limit(self.pacer.rate(), ceiling);
        let may_leave = limit.saturating_sub(on_time.len());
        if may_leave == 0 {
            on_time.into_iter().for_each(&mut sooner);
        }
        if self.in_flight >= ceiling {
            self.make_room_for_a_probe(now).map(&mut sooner);
        }
        if let Some(ends) = self.door.crowd_ends(now) {
            self.pacer.held_otherwise();
            sooner(ends);
            return wake;
        }
        let mut is_paced = false;
        while steps.len() < may_leave && self.in_flight < ceiling && left.is_none_or(|left| (self.in_flight as u64) < left) {
            let Some(ready) = self.ready.get(at) else { break };
            let probe = match self.breaker.gate(now) {
                Gate::Open => false,
                Gate::Probe => true,
                Gate::Shut(until) => {
                    sooner(until);
                    break;
                }
            };
            let owner = mailbox(&ready.due.target).cloned();
            if let Some(owner) = owner.as_ref().filter(|owner| self.is_full(owner, now)) {
                self.pauses.borrow().of_mailbox(owner, now).map(&mut sooner);
                at += 1;
                continue;
            }
            match self.pacer.ask(ready.due.target.kind(), now) {
                Verdict::Go => {
                    let Some(Ready { due, prepared }) = self.ready.remove(at) else { break };
                    if probe {
                        self.breaker.probing(now);
                    }
                    self.slots.insert(due.target.clone(), Slot::InFlight { left: now, accepted: false });
                    self.in_flight += 1;
                    if let Some(owner) = owner {
                        self.mailboxes.entry(owner).or_default().in_flight += 1;
                    }
                    steps.push(Step::Send { due, prepared });
                }
                Verdict::At { at: later, kind_only } => {
                    sooner(later);
                    if !kind_only {
                        is_paced = true;
                        break;
                    }
                    at += 1;
                }
            }
        }
        let is_full = steps.len() >= may_leave || self.in_flight >= ceiling;
        (!is_paced && !is_full).then(|| self.pacer.held_otherwise());
        wake
    }
}
