//! A quota that is asked with our own time.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, FakeRelativeClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota as Cells, RateLimiter};

type Limiter = RateLimiter<NotKeyed, InMemoryState, FakeRelativeClock, NoOpMiddleware<governor::nanos::Nanos>>;

/// Timers come late, the later the busier the machine. What waited goes as if it had gone on time, up to so much.
const CATCH_UP: Duration = Duration::from_millis(100);

/// So many a second, evenly spread.
#[derive(Debug)]
pub(super) struct Quota {
    limiter: Limiter,
    clock: FakeRelativeClock,
    /// What the clock shows: now, or when the one that was late should have gone.
    shown: Duration,
    period: Duration,
    last: Option<Duration>,
    /// When the next one is to go, if one waits for that.
    promised: Option<Duration>,
}

impl Quota {
    /// Rested: the first one may go at `now`.
    pub(super) fn new(rate: f64, now: Duration) -> Self {
        let clock = FakeRelativeClock::default();
        clock.advance(now);
        let period = Duration::from_secs_f64(1.0 / rate.max(1e-3));
        let cells = Cells::with_period(period).unwrap_or_else(|| Cells::per_second(NonZeroU32::MIN)).allow_burst(burst(rate));
        let limiter = RateLimiter::direct_with_clock(cells, clock.clone());
        Self { limiter, clock, shown: now, period, last: None, promised: None }
    }

    /// The same at another rate: it grants nothing on top, and takes nothing away.
    pub(super) fn at_rate(&self, rate: f64, now: Duration) -> Self {
        let Some(last) = self.last else { return Self::new(rate, now) };
        let mut quota = Self::new(rate, last);
        while quota.limiter.check().is_ok() {}
        quota.last = Some(last);
        quota.promised = self.promised.map(|_| last + quota.period);
        quota
    }

    /// Whoever comes next comes for another reason than that its time has come.
    pub(super) fn forget_promise(&mut self) {
        self.promised = None;
    }

    /// Takes one, or says when the next one can be taken. So much of what it comes late is not made up for: `slip`.
    pub(super) fn take(&mut self, slip: Duration, now: Duration) -> Result<(), Duration> {
        let late = self.promised.filter(|due| now.checked_sub(*due).is_some_and(|late| late <= CATCH_UP));
        let mut due = late.map_or(now, |due| now.min(due + slip));
        loop {
            self.clock.advance(due.saturating_sub(self.shown));
            self.shown = self.shown.max(due);
            match self.limiter.check() {
                Ok(()) => {
                    self.last = Some(due);
                    self.promised = late.map(|_| due + self.period);
                    return Ok(());
                }
                Err(not_until) => {
                    due = self.shown + not_until.wait_time_from(self.clock.now());
                    if due > now {
                        self.promised = Some(due);
                        return Err(due);
                    }
                }
            }
        }
    }
}

/// What 50 ms are worth: timers are no finer than a millisecond or so.
fn burst(rate: f64) -> NonZeroU32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=100,000 before")]
    let cells = (rate / 20.0).clamp(1.0, 100_000.0) as u32;
    NonZeroU32::new(cells).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// How many go in 100 seconds, when who waits comes late by up to so much; at rates as given.
    fn taken(rates: &[f64], slip: Duration, latest: Duration) -> usize {
        let mut chance = fastrand::Rng::with_seed(1);
        let (mut quota, mut now, mut count) = (Quota::new(rates[0], MS), MS, 0);
        while now < 100_000 * MS {
            match quota.take(slip, now) {
                Ok(()) => count += 1,
                Err(at) => now = at + latest.mul_f64(chance.f64()),
            }
            if let Some(rate) = rates.get(count % rates.len()).filter(|_| rates.len() > 1) {
                quota = quota.at_rate(*rate, now);
            }
        }
        count
    }

    #[test]
    fn late_timers_cost_no_pace_or_what_slips() {
        for latest in [0, 5, 20, 50, 95] {
            for (slip, least) in [(Duration::ZERO, 1_990), (MS, 1_955)] {
                let count = taken(&[20.0], slip, latest * MS);
                assert!((least..=2_001).contains(&count), "{latest} ms, {slip:?}: {count}");
            }
        }
        let changing = taken(&[19.8, 20.0, 20.2], Duration::ZERO, 20 * MS);
        assert!((1_960..=2_020).contains(&changing), "{changing}");
    }

    #[test]
    fn idleness_is_not_made_up_for() {
        for (slip, next) in [(Duration::ZERO, 100), (MS, 101)] {
            let mut quota = Quota::new(20.0, MS);
            let mut now = MS;
            for _ in 0..50 {
                now += 1_000 * MS;
                assert_eq!(quota.take(slip, now), Ok(()));
                assert_eq!(quota.take(slip, now), Err(now + 50 * MS), "one at once after a second of rest");
            }
            assert_eq!(quota.take(slip, now + 60 * MS), Ok(()), "as if at 50, or what slips later");
            assert_eq!(quota.take(slip, now + 60 * MS), Err(now + next * MS));
            assert_eq!(quota.take(slip, now + 400 * MS), Ok(()), "later than can be made up for");
            assert_eq!(quota.take(slip, now + 400 * MS), Err(now + 450 * MS));
        }
    }
}
