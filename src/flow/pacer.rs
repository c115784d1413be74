//! When the next photo may leave: a quota over all and one for each kind, a rate that adapts, and pauses.
//!
//! Time is a [`Duration`] since any fixed moment that never goes back.

use std::collections::HashMap;
use std::time::Duration;

use super::quota::Quota;
use super::rate::Rate;
use super::weather::Weather;
use crate::model::TargetKind;

/// Microsoft documents 30 requests/s for an app in one tenant on Teams; half of that leaves room for others.
const TEAMS_PER_SECOND: f64 = 15.0;
/// The quota follows the rate in steps of this share.
const STEP: f64 = 0.005;
/// A bucket without depth refuses whoever comes a moment early: for so long after a refusal, so much of each late timer is
/// not made up for.
const SLIP: (Duration, Duration) = (Duration::from_secs(60), Duration::from_millis(1));

/// How fast to go.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct PaceSettings {
    /// Uploads per second at the start, over all kinds.
    pub per_second: f64,
    /// Never more than this many.
    pub max_per_second: f64,
}

/// The pacer's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
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

/// Says when the next photo may leave.
#[derive(Debug)]
pub(crate) struct Pacer {
    rate: Rate,
    weather: Weather,
    now: Duration,
    overall: Quota,
    /// The rate that the quota stands for.
    paced_at: f64,
    teams: Quota,
    /// The quota of teams let one go that the overall quota then held back.
    team_in_hand: bool,
    /// Kinds that Graph asked to pause, or all of them (`None`), and until when.
    pauses: HashMap<Option<TargetKind>, Duration>,
    last_refusal: Option<Duration>,
}

impl Pacer {
    /// A pacer that starts at `now`.
    pub(crate) fn new(settings: PaceSettings, now: Duration) -> Self {
        let rate = Rate::new(settings.per_second, settings.max_per_second, now);
        Self {
            overall: Quota::new(rate.value(), now),
            paced_at: rate.value(),
            rate,
            weather: Weather::default(),
            now,
            teams: Quota::new(TEAMS_PER_SECOND, now),
            team_in_hand: false,
            pauses: HashMap::new(),
            last_refusal: None,
        }
    }

    /// Whether a photo of this kind may leave now.
    pub(crate) fn ask(&mut self, kind: TargetKind, now: Duration) -> Verdict {
        self.turn(now);
        if let Some(at) = self.paused_until(kind) {
            return Verdict::At { at, kind_only: self.pauses.get(&None).is_none_or(|all| *all < at) };
        }
        // The narrower quota first: a photo it refuses must not use up the wider one.
        if kind == TargetKind::Team && !self.team_in_hand {
            if let Err(at) = self.teams.take(self.slip(), self.now) {
                return Verdict::At { at, kind_only: true };
            }
            self.team_in_hand = true;
        }
        match self.overall.take(self.slip(), self.now) {
            Ok(()) => {
                self.team_in_hand &= kind != TargetKind::Team;
                Verdict::Go
            }
            Err(at) => {
                // What the weather holds back proves nothing about what is allowed.
                if self.weather.left() >= 1.0 {
                    self.rate.holds_back(at);
                }
                Verdict::At { at, kind_only: false }
            }
        }
    }

    /// There is nothing to send, or nothing may be: that time is not made up for.
    pub(crate) fn held_otherwise(&mut self) {
        self.overall.forget_promise();
    }

    /// Graph answered a request that was sent at `sent`, and not with a refusal for pace.
    pub(crate) fn answered(&mut self, sent: Duration, now: Duration) {
        self.weather.saw(false, now);
        self.turn(now);
        self.rate.answered(sent);
    }

    /// A request that was sent at `sent` met with an accident, which says nothing about what is allowed. The wait that
    /// it `asked` for is its own photo's, unless many fail and nobody had an answer for as long as that.
    pub(crate) fn accident(&mut self, asked: Duration, sent: Duration, now: Duration) {
        self.weather.saw(true, now);
        self.turn(now);
        self.rate.answered(sent);
        if !asked.is_zero() && self.weather.left() < 1.0 && self.weather.silent_for(asked, now) {
            self.pause(None, asked);
        }
    }

    /// Graph said which share of its limit is in use.
    pub(crate) fn hint(&mut self, share: f32, now: Duration) {
        self.turn(now);
        self.rate.hint(share);
    }

    /// Graph refused for pace a request that was let go at `left`, and asks to wait. The scope pauses once for all; the
    /// rate is cut once for what was let go before anybody heard of a refusal, however long after that it was sent.
    pub(crate) fn refused(&mut self, scope: Option<TargetKind>, wait: Duration, left: Duration, now: Duration) {
        self.turn(now);
        self.pause(scope, wait);
        if self.last_refusal.is_none_or(|last| left > last) {
            self.rate.refused(wait, left);
            self.last_refusal = Some(self.now);
        }
    }

    /// A pause that was asked for before this pacer was made still runs for so long.
    pub(crate) fn waits(&mut self, wait: Duration, now: Duration) {
        self.turn(now);
        self.pause(None, wait);
    }

    /// Graph is back after an outage: begins at a part of the last good rate.
    pub(crate) fn recovered(&mut self, now: Duration) {
        self.weather.clear();
        self.turn(now);
        self.rate.recovered();
    }

    /// Until when this kind is paused, if it is.
    pub(crate) fn paused_until(&self, kind: TargetKind) -> Option<Duration> {
        [None, Some(kind)].iter().filter_map(|scope| self.pauses.get(scope)).copied().filter(|until| *until > self.now).max()
    }

    /// Uploads per second at the moment.
    pub(crate) fn rate(&self) -> f64 {
        self.rate.value() * self.weather.left()
    }

    /// The rate that is known to be allowed, if any is.
    pub(crate) fn good_rate(&self) -> Option<f64> {
        self.rate.good()
    }

    /// An earlier run found that so much is allowed.
    pub(crate) fn remember(&mut self, good: f64) {
        self.rate.remember(good);
    }

    fn slip(&self) -> Duration {
        let is_near = self.last_refusal.is_some_and(|at| self.now.saturating_sub(at) < SLIP.0);
        if is_near { SLIP.1 } else { Duration::ZERO }
    }

    fn pause(&mut self, scope: Option<TargetKind>, wait: Duration) {
        let until = self.now + wait;
        let pause = self.pauses.entry(scope).or_insert(until);
        *pause = until.max(*pause);
    }

    fn turn(&mut self, now: Duration) {
        self.now = self.now.max(now);
        self.rate.turn(self.now);
        self.weather.turn(self.now);
        let rate = self.rate();
        if (rate - self.paced_at).abs() > self.paced_at * STEP || (rate > self.paced_at && self.rate.is_full()) {
            self.paced_at = rate;
            self.overall = self.overall.at_rate(rate, self.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const FIXED: PaceSettings = PaceSettings { per_second: 5.0, max_per_second: 5.0 };

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
        let mut pacer = Pacer::new(FIXED, SECOND);
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
    fn a_team_that_the_pace_holds_back_keeps_its_turn() {
        let settings = PaceSettings { per_second: 10.0, max_per_second: 10.0 };
        let mut pacer = Pacer::new(settings, SECOND);
        assert_eq!(pacer.ask(TargetKind::User, SECOND), Verdict::Go);
        let next = SECOND + Duration::from_millis(100);
        assert_eq!(pacer.ask(TargetKind::Team, SECOND), Verdict::At { at: next, kind_only: false });
        assert_eq!(pacer.ask(TargetKind::Team, next), Verdict::Go);
    }

    #[test]
    fn a_refusal_pauses_its_scope_for_all_and_cuts_the_rate_once() {
        let mut pacer = Pacer::new(FIXED, SECOND);
        for _ in 0..4 {
            pacer.refused(Some(TargetKind::Team), 30 * SECOND, SECOND, 2 * SECOND);
        }
        assert_eq!(pacer.ask(TargetKind::Team, 3 * SECOND), Verdict::At { at: 32 * SECOND, kind_only: true });
        assert!((2.5..4.0).contains(&pacer.rate()), "{}", pacer.rate());
        assert_eq!(pacer.ask(TargetKind::User, 3 * SECOND), Verdict::Go);
    }

    #[test]
    fn an_accident_moves_nothing_but_many_slow_it_down_and_pause_it_where_nobody_is_answered() {
        let mut pacer = Pacer::new(FIXED, SECOND);
        for count in 0..200_u32 {
            let now = 2 * SECOND + count * SECOND / 5;
            // One of ten, each asking for a long wait.
            if count.is_multiple_of(10) {
                pacer.accident(30 * SECOND, now, now);
            } else {
                pacer.answered(now, now);
            }
            assert!((pacer.rate() - 5.0).abs() < f64::EPSILON, "{}", pacer.rate());
            assert!(pacer.paused_until(TargetKind::User).is_none());
        }
        let now = 60 * SECOND;
        for _ in 0..30 {
            pacer.accident(10 * SECOND, now, now);
        }
        assert!((pacer.rate() - 0.5).abs() < 0.01, "a tenth: {}", pacer.rate());
        assert_eq!(pacer.ask(TargetKind::User, now), Verdict::At { at: 70 * SECOND, kind_only: false });
        pacer.recovered(71 * SECOND);
        pacer.answered(71 * SECOND, 71 * SECOND);
        assert!(pacer.rate() > 1.0, "{}", pacer.rate());
    }

    #[test]
    fn grows_only_while_photos_wait_for_it() {
        let settings = PaceSettings { per_second: 5.0, max_per_second: 20.0 };
        let mut idle = Pacer::new(settings, SECOND);
        for second in 1..60 {
            assert_eq!(idle.ask(TargetKind::User, second * SECOND), Verdict::Go);
        }
        assert!(idle.rate() <= 20.0 && idle.rate() < 20.1, "{}", idle.rate());
        let mut busy = Pacer::new(settings, SECOND);
        sent(&mut busy, TargetKind::User, SECOND, 3 * SECOND);
        assert!((busy.rate() - 20.0).abs() < 1e-9, "{}", busy.rate());
    }

    #[test]
    fn a_hint_holds_the_rate_and_a_stronger_one_lowers_it() {
        let mut pacer = Pacer::new(PaceSettings { per_second: 10.0, max_per_second: 20.0 }, SECOND);
        pacer.hint(0.9, SECOND);
        sent(&mut pacer, TargetKind::User, SECOND, SECOND);
        assert!((9.0..=10.0).contains(&pacer.rate()), "{}", pacer.rate());
        pacer.hint(1.2, 4 * SECOND);
        assert!(pacer.rate() < 9.2, "{}", pacer.rate());
    }

    #[test]
    fn after_an_outage_it_begins_slowly() {
        let mut pacer = Pacer::new(PaceSettings { per_second: 20.0, max_per_second: 20.0 }, SECOND);
        pacer.recovered(SECOND);
        let first = sent(&mut pacer, TargetKind::User, SECOND, SECOND);
        assert!((5..=9).contains(&first), "from a quarter, doubling: {first}");
        sent(&mut pacer, TargetKind::User, 2 * SECOND, 5 * SECOND);
        assert!((pacer.rate() - 20.0).abs() < 0.5, "{}", pacer.rate());
    }
}
