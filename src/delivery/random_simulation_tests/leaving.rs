//! What is let go, what leaves, and what is called back: what must never be is looked for here.

use std::time::Duration;

use super::super::patience::no_answer;
use super::super::prepared::PreparedUpload;
use super::event::{Blame, Event, Heard, Reply};
use super::shapes::failure;
use super::world::{SECOND, World};
use crate::graph::Class;
use crate::ledger::{Due, DueAction};

impl World<'_> {
    /// It is let go: whatever has to be asked before is asked.
    pub(super) fn send(&mut self, due: Due, prepared: PreparedUpload) {
        let DueAction::Upload { path, version, .. } = &due.action else { panic!("nobody asked for a removal") };
        let number: usize = path.as_str().parse().unwrap();
        let names = &version.digest.as_bytes()[..8];
        assert!(self.targets[number] == due.target && names == (number as u64).to_le_bytes(), "a photo of somebody else");
        assert!(self.in_flight.insert(due.target.clone()), "two uploads at once for {}", due.target);
        assert!(self.now >= self.announced, "sent while an announced wait runs");
        assert!(self.in_flight.len() <= self.limits.in_flight, "more in flight than is allowed");
        while self.sends.front().is_some_and(|sent| self.now.saturating_sub(*sent) >= SECOND) {
            self.sends.pop_front();
        }
        self.sends.push_back(self.now);
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let rate = self.sends.len() as f64;
        assert!(rate <= self.pace.max_per_second * 1.05 + 1.0, "{rate} requests in a second, above the pace");
        match self.weather.as_ref().and_then(|weather| weather.questions) {
            Some(questions) => {
                let answered = questions.answered(self.now, &mut self.chance);
                self.at(answered, Event::Asked(due, prepared, self.now));
            }
            None => self.goes(due, prepared),
        }
    }

    /// It leaves, and the tenant answers.
    pub(super) fn goes(&mut self, due: Due, prepared: PreparedUpload) {
        assert!(self.now >= self.announced, "sent while an announced wait runs");
        let DueAction::Upload { path, version, .. } = &due.action else { panic!("nobody asked for a removal") };
        let number: usize = path.as_str().parse().unwrap();
        let picture = version.digest.as_bytes()[8];
        self.sent += 1;
        self.order.push((number, self.now));
        let sent = self.now;
        let reply = match &mut self.weather {
            Some(weather) => weather.answer(number, &prepared, sent, &mut self.chance),
            None => self.chaos.answer(number, picture, &prepared, sent, &mut self.chance),
        };
        if reply.stores {
            self.stored[number] = picture;
            self.watch.stored.push(self.now);
        }
        let panics = self.weather.is_none() && !self.chaos.calm && self.chance.u32(..).is_multiple_of(500);
        if panics {
            self.after(400, Event::Panicked(due));
        } else {
            let Reply { mut result, mut takes, blame, .. } = reply;
            let longest = self.scheduler.given_up_after(prepared.bytes());
            if takes > longest {
                (result, takes) = (Err(no_answer(longest)), longest);
            }
            let heard = Heard { due, prepared, result, sent, blame, unsent: false, given_up: false };
            self.at(sent + takes, Event::Answered(Box::new(heard)));
        }
    }

    /// Graph asked to wait: what has not left goes back.
    pub(super) fn holds_back(&mut self) {
        let (now, pauses) = (self.now, self.scheduler.pauses.subscribe());
        let waits = |event: &Event| match event {
            Event::Asked(due, ..) | Event::Leaves(due, ..) => pauses.borrow().of(&due.target, now).is_some(),
            _ => false,
        };
        for (_, event) in self.events.extract_if(.., |_, event| waits(event)).collect::<Vec<_>>() {
            let (Event::Asked(due, prepared, sent) | Event::Leaves(due, prepared, sent)) = event else { continue };
            let wait = pauses.borrow().of(&due.target, now).map(|until| until.saturating_sub(now));
            let result = Err(failure(Class::Throttled, None, wait));
            let heard = Heard { due, prepared, result, sent, blame: Blame::Limit, unsent: true, given_up: true };
            self.after(2, Event::Answered(Box::new(heard)));
        }
    }

    /// What was sent before this time is not waited for.
    pub(super) fn gives_up(&mut self, before: Duration) {
        let hangs = |event: &Event| matches!(event, Event::Answered(heard) if heard.sent < before);
        for (_, event) in self.events.extract_if(.., |_, event| hangs(event)).collect::<Vec<_>>() {
            let Event::Answered(mut heard) = event else { continue };
            (heard.result, heard.given_up) = (Err(no_answer(self.now.saturating_sub(heard.sent))), true);
            self.after(2, Event::Answered(heard));
        }
    }
}
