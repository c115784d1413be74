//! A quota that is asked with our own time.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, FakeRelativeClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota as Cells, RateLimiter};

type Limiter = RateLimiter<NotKeyed, InMemoryState, FakeRelativeClock, NoOpMiddleware<governor::nanos::Nanos>>;

/// So many a second, evenly spread.
#[derive(Debug)]
pub(super) struct Quota {
    limiter: Limiter,
    clock: FakeRelativeClock,
    now: Duration,
}

impl Quota {
    /// Rested: the first one may go at `now`.
    pub(super) fn new(rate: f64, now: Duration) -> Self {
        let clock = FakeRelativeClock::default();
        clock.advance(now);
        let cells = Cells::with_period(Duration::from_secs_f64(1.0 / rate.max(1e-3)))
            .unwrap_or_else(|| Cells::per_second(NonZeroU32::MIN))
            .allow_burst(burst(rate));
        Self { limiter: RateLimiter::direct_with_clock(cells, clock.clone()), clock, now }
    }

    /// As if the last one had gone at `last`: a quota that takes the place of another grants nothing on top of it, and
    /// takes nothing away.
    pub(super) fn following(rate: f64, last: Duration) -> Self {
        let quota = Self::new(rate, last);
        while quota.limiter.check().is_ok() {}
        quota
    }

    /// Takes one, or says when the next one is to be had.
    pub(super) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        if let Some(passed) = now.checked_sub(self.now) {
            self.clock.advance(passed);
            self.now = now;
        }
        self.limiter.check().map_err(|not_until| self.now + not_until.wait_time_from(self.clock.now()))
    }
}

/// What 50 ms are worth: timers are no finer than a millisecond or so, and a late one must be able to catch up.
fn burst(rate: f64) -> NonZeroU32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=100,000 before")]
    let cells = (rate / 20.0).clamp(1.0, 100_000.0) as u32;
    NonZeroU32::new(cells).unwrap_or(NonZeroU32::MIN)
}
