//! A tenant that answers with anything.

use std::time::Duration;

use super::super::prepared::PreparedUpload;
use super::event::{Blame, Reply};
use super::shapes::failure;
use super::world::SECOND;
use crate::graph::{Accepted, Class, Failure, Recourse, ThrottleScope};
use crate::model::Outcome;

/// Ten photos a second, and a bucket of twenty.
pub(super) struct Chaos {
    tokens: f64,
    filled: Duration,
    pub(super) outage: Option<Class>,
    pub(super) calm: bool,
    pub(super) sent_in_outage: u64,
}

impl Default for Chaos {
    fn default() -> Self {
        Self { tokens: 20.0, filled: SECOND, outage: None, calm: false, sent_in_outage: 0 }
    }
}

impl Chaos {
    pub(super) fn answer(
        &mut self,
        number: usize,
        picture: u8,
        prepared: &PreparedUpload,
        now: Duration,
        chance: &mut fastrand::Rng,
    ) -> Reply {
        self.sent_in_outage += u64::from(self.outage.is_some());
        let (stores, result) = self.decide(number, picture, prepared, now, chance);
        let takes = Duration::from_millis(chance.u64(1..400));
        Reply { stores, result, takes, blame: Blame::Nobody }
    }

    /// Whether the photo is stored, and what the client gets to hear.
    fn decide(
        &mut self,
        number: usize,
        picture: u8,
        prepared: &PreparedUpload,
        now: Duration,
        chance: &mut fastrand::Rng,
    ) -> (bool, Result<(Outcome, Accepted), Failure>) {
        let accepted = Ok((Outcome::Delivered { etag: None }, Accepted { status: 200, ..Accepted::default() }));
        if let Some(class) = self.outage {
            let status = (class == Class::Transient).then_some(502);
            return (false, Err(failure(class, status, None)));
        }
        self.tokens = (self.tokens + now.saturating_sub(self.filled).as_secs_f64() * 10.0).min(20.0);
        self.filled = now;
        if self.tokens < 1.0 {
            let waits = [None, Some(SECOND), Some(Duration::from_millis(1_250)), Some(30 * SECOND)];
            let wait = if self.calm { waits[1] } else { waits[chance.usize(0..4)] };
            return (false, Err(failure(Class::Throttled, Some(429), wait)));
        }
        self.tokens -= 1.0;
        let mut small = failure(Class::FewTries, Some(404), None);
        small.recourse = Some(Recourse::SendSmaller);
        match chance.u32(0..100) {
            _ if picture % 16 == 15 => (false, Err(failure(Class::PhotoRefused, Some(400), None))),
            _ if prepared.is_large() && number % 5 == 3 => (false, Err(small)),
            _ if self.calm => (true, accepted),
            0..4 => (false, Err(failure(Class::Transient, Some(500), None))),
            4..6 => (false, Err(failure(Class::Transient, Some(503), Some(2 * SECOND)))),
            6..8 => (false, Err(failure(Class::Transient, None, None))),
            8..10 => (true, Err(failure(Class::Transient, None, None))),
            10 => (false, Err(failure(Class::SignIn, Some(401), None))),
            11 => (false, Err(failure(Class::FewTries, Some(404), None))),
            12 => (false, Err(failure(Class::Bug, Some(302), None))),
            13 => {
                let mut busy = failure(Class::Throttled, Some(429), Some(3 * SECOND));
                busy.throttle_scope = Some(ThrottleScope::Mailbox);
                (false, Err(busy))
            }
            _ => (true, accepted),
        }
    }
}
