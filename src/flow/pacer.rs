//! When the next photo may leave: a quota over all and one for each kind, a rate that adapts, and pauses.
//!
//! Time is a [`Duration`] since any fixed moment that never goes back.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, FakeRelativeClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::model::TargetKind;

/// The rate never falls below this many uploads per second, so that recovery can be seen.
const FLOOR: f64 = 0.2;
/// Share of the rate that is left after a refusal.
const DECREASE: f64 = 0.5;
/// Uploads per second that a second without a refusal adds.
const INCREASE: f64 = 0.5;
/// Microsoft documents 30 requests/s for an app in one tenant on Teams; half of that leaves room for others.
const TEAMS_PER_SECOND: f64 = 15.0;
/// Refusals that arrive this close together are one event: what was in flight when the first one came.
const ONE_EVENT: Duration = Duration::from_secs(1);

/// How fast to go.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PaceSettings {
    /// Uploads per second at the start, over all kinds.
    pub per_second: f64,
    /// Never more than this many.
    pub max_per_second: f64,
}

/// The pacer's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Send it now; it is counted.
    Go,
    /// Ask again at this time.
    At {
        /// When.
        at: Duration,
        /// It is a matter of this kind of target alone; others may go.
        kind_only: bool,
    },
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, FakeRelativeClock, NoOpMiddleware<governor::nanos::Nanos>>;

/// Says when the next photo may leave.
#[derive(Debug)]
pub struct Pacer {
    settings: PaceSettings,
    rate: f64,
    clock: FakeRelativeClock,
    now: Duration,
    overall: Limiter,
    teams: Limiter,
    /// Kinds that Graph asked to pause, or all of them (`None`), and until when.
    pauses: HashMap<Option<TargetKind>, Duration>,
    last_refusal: Option<Duration>,
    last_increase: Duration,
}

impl Pacer {
    /// A pacer that starts at `now`.
    pub fn new(settings: PaceSettings, now: Duration) -> Self {
        let clock = FakeRelativeClock::default();
        clock.advance(now);
        let rate = settings.per_second.min(settings.max_per_second).max(FLOOR);
        let overall = limiter(rate, &clock);
        let teams = limiter(TEAMS_PER_SECOND, &clock);
        Self { settings, rate, now, overall, teams, pauses: HashMap::new(), last_refusal: None, last_increase: now, clock }
    }

    /// Whether a photo of this kind may leave now.
    pub fn ask(&mut self, kind: TargetKind, now: Duration) -> Verdict {
        self.turn(now);
        if let Some(at) = self.paused_until(kind) {
            return Verdict::At { at, kind_only: self.pauses.get(&None).is_none_or(|all| *all < at) };
        }
        // The narrower quota first: a photo it refuses must not use up the wider one.
        if kind == TargetKind::Team
            && let Err(not_until) = self.teams.check()
        {
            return Verdict::At { at: self.now + not_until.wait_time_from(self.clock.now()), kind_only: true };
        }
        match self.overall.check() {
            Ok(()) => Verdict::Go,
            Err(not_until) => Verdict::At { at: self.now + not_until.wait_time_from(self.clock.now()), kind_only: false },
        }
    }

    /// Graph accepted a photo: the rate may grow, by a fixed step a second.
    pub fn accepted(&mut self, now: Duration) {
        self.turn(now);
        let span = self.now.saturating_sub(self.last_increase);
        if span >= Duration::from_secs(1) && self.rate < self.settings.max_per_second {
            self.last_increase = self.now;
            self.set_rate(self.rate + INCREASE);
        }
    }

    /// Graph refused for pace, and asked to wait. The scope pauses once for all; the rate is cut once for what was in flight together.
    pub fn refused(&mut self, scope: Option<TargetKind>, wait: Duration, now: Duration) {
        self.turn(now);
        let until = self.now + wait;
        let pause = self.pauses.entry(scope).or_insert(until);
        *pause = until.max(*pause);
        if self.last_refusal.is_none_or(|last| self.now.saturating_sub(last) >= ONE_EVENT) {
            self.set_rate(self.rate * DECREASE);
        }
        self.last_refusal = Some(self.now);
        self.last_increase = until;
    }

    /// Until when this kind is paused, if it is.
    pub fn paused_until(&self, kind: TargetKind) -> Option<Duration> {
        [None, Some(kind)].iter().filter_map(|scope| self.pauses.get(scope)).copied().filter(|until| *until > self.now).max()
    }

    /// Uploads per second at the moment.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    fn turn(&mut self, now: Duration) {
        if let Some(passed) = now.checked_sub(self.now).filter(|passed| !passed.is_zero()) {
            self.clock.advance(passed);
            self.now = now;
        }
    }

    fn set_rate(&mut self, rate: f64) {
        self.rate = rate.clamp(FLOOR, self.settings.max_per_second);
        self.overall = limiter(self.rate, &self.clock);
        // A new limiter would grant its whole burst at once, on top of what the old one granted.
        while self.overall.check().is_ok() {}
    }
}

fn limiter(rate: f64, clock: &FakeRelativeClock) -> Limiter {
    let quota = Quota::with_period(Duration::from_secs_f64(1.0 / rate.max(FLOOR)))
        .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst(rate));
    RateLimiter::direct_with_clock(quota, clock.clone())
}

/// What 50 ms are worth: timers are no finer than a millisecond or so, and a late one must be able to catch up.
fn burst(rate: f64) -> NonZeroU32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=100,000 before")]
    let cells = (rate / 20.0).clamp(1.0, 100_000.0) as u32;
    NonZeroU32::new(cells).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const SETTINGS: PaceSettings = PaceSettings { per_second: 5.0, max_per_second: 20.0 };

    /// How many photos leave in a span that starts at `from`.
    fn sent(pacer: &mut Pacer, kind: TargetKind, from: Duration, span: Duration) -> usize {
        let mut now = from;
        let mut count = 0;
        loop {
            match pacer.ask(kind, now) {
                Verdict::Go => count += 1,
                Verdict::At { at, .. } if at < from + span => {
                    assert!(at > now, "the pacer must name a later time");
                    now = at;
                }
                Verdict::At { .. } => return count,
            }
        }
    }

    #[test]
    fn keeps_the_rate() {
        let mut pacer = Pacer::new(SETTINGS, SECOND);
        assert_eq!(sent(&mut pacer, TargetKind::User, SECOND, 10 * SECOND), 50);
        let fast = PaceSettings { per_second: 10_000.0, max_per_second: 10_000.0 };
        let count = sent(&mut Pacer::new(fast, SECOND), TargetKind::User, SECOND, SECOND);
        assert!((10_000..=10_500).contains(&count), "{count}");
    }

    #[test]
    fn teams_have_a_quota_of_their_own() {
        let fast = PaceSettings { per_second: 1_000.0, max_per_second: 1_000.0 };
        assert_eq!(sent(&mut Pacer::new(fast, SECOND), TargetKind::Team, SECOND, 2 * SECOND), 30);
    }

    #[test]
    fn a_refusal_pauses_its_scope_for_all_and_halves_the_rate_once() {
        let mut pacer = Pacer::new(SETTINGS, SECOND);
        for _ in 0..4 {
            pacer.refused(Some(TargetKind::Team), 30 * SECOND, 2 * SECOND);
        }
        assert_eq!(pacer.ask(TargetKind::Team, 3 * SECOND), Verdict::At { at: 32 * SECOND, kind_only: true });
        assert!((pacer.rate() - 2.5).abs() < 1e-9);
        assert_eq!(pacer.ask(TargetKind::User, 3 * SECOND), Verdict::Go);
        pacer.refused(None, 10 * SECOND, 40 * SECOND);
        assert_eq!(pacer.ask(TargetKind::User, 41 * SECOND), Verdict::At { at: 50 * SECOND, kind_only: false });
        assert!((pacer.rate() - 1.25).abs() < 1e-9);
    }

    #[test]
    fn grows_by_a_step_a_second_up_to_the_ceiling() {
        let mut pacer = Pacer::new(SETTINGS, SECOND);
        for tick in 0..100 {
            pacer.accepted(SECOND + tick * SECOND / 2);
        }
        assert!((pacer.rate() - 20.0).abs() < 1e-9, "{}", pacer.rate());
    }
}
