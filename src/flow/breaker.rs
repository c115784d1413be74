//! Whether anybody is there at all: on evidence of an outage one probe at a time goes out, and nothing else.
//!
//! Evidence is failures of different ones in a row, whatever their shape, and no success between: how many are needed
//! follows from how long nothing succeeded, so that chance does not make an outage of accidents.
//!
//! Time is a [`Duration`] since any fixed moment that never goes back. `T` names whom a request was for.

use std::collections::VecDeque;
use std::time::Duration;

/// So many different ones in a row, whose requests left over at least this time: at one fault in five, chance does this
/// once in ten million requests.
const CROWD: (usize, Duration) = (10, Duration::from_millis(300));
/// Fewer will do where nothing has succeeded for so long.
const FEW: (usize, Duration) = (5, Duration::from_secs(2));
/// One will do after this long, if it can't be anything else.
const ALONE: Duration = Duration::from_secs(3);
/// Those that failed while others succeeded are kept in mind, up to so many.
const OWN: usize = 1_000;
/// The first probe goes out after this long, each later one after so many times the wait of the one before.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const GROWTH: f64 = 1.6;
/// The longest wait, by how long the outage has lasted: its end is seen soon, the sooner the shorter it was.
const LONGEST_WAITS: [(Duration, Duration); 2] =
    [(Duration::from_secs(60), Duration::from_secs(2)), (Duration::from_secs(15 * 60), Duration::from_secs(8))];
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How much a failure looks like an outage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sign {
    /// It can't be anything else: no connection, or somebody else answers in Graph's place.
    Certain,
    /// It passes, and may be everybody's.
    Possible,
    /// It may as well be this one's own: no evidence from who failed while others succeeded.
    Vague,
}

/// What may go out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gate {
    /// Everything.
    Open,
    /// One, as a probe.
    Probe,
    /// Nothing before this time; none: until the probe that is under way ends.
    Shut(Option<Duration>),
}

/// What a failure told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FailurePattern<T> {
    /// It may be this one's own.
    Single,
    /// An outage begins: what these failed of was not theirs.
    Outage(Vec<T>),
    /// The outage goes on.
    Known,
}

/// Sees outages begin and end.
#[derive(Debug)]
pub(crate) struct Breaker<T> {
    suspects: Vec<T>,
    /// When the request of the first suspect left.
    first_sent: Duration,
    /// Who failed while others succeeded.
    own: VecDeque<T>,
    last_success: Option<Duration>,
    outage: Option<Outage>,
}

#[derive(Clone, Copy, Debug)]
struct Outage {
    since: Duration,
    wait: Duration,
    probe_at: Duration,
    under_way: bool,
    probes: u32,
}

impl<T: Clone + PartialEq> Breaker<T> {
    /// All is well.
    pub(crate) const fn new() -> Self {
        Self { suspects: Vec::new(), first_sent: Duration::ZERO, own: VecDeque::new(), last_success: None, outage: None }
    }

    /// What may go out now.
    pub(crate) fn gate(&self, now: Duration) -> Gate {
        match &self.outage {
            None => Gate::Open,
            Some(outage) if outage.under_way => Gate::Shut(None),
            Some(outage) if now < outage.probe_at => Gate::Shut(Some(outage.probe_at)),
            Some(_) => Gate::Probe,
        }
    }

    /// A probe has left.
    pub(crate) fn probing(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.under_way = true;
            outage.probes += 1;
        }
    }

    /// The probe came back without having asked anybody.
    pub(crate) fn probe_dropped(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.under_way = false;
        }
    }

    /// Somebody answered a request that was sent at `sent`; what was sent before the outage began says nothing about its
    /// end. Says how long the outage lasted and how many probes went out, if this is its end.
    pub(crate) fn reached(&mut self, sent: Duration, now: Duration) -> Option<(Duration, u32)> {
        self.last_success = Some(now);
        if self.outage.is_none() {
            self.own.extend(self.suspects.drain(..));
            self.own.drain(..self.own.len().saturating_sub(OWN));
        }
        self.suspects.clear();
        self.outage.take_if(|outage| sent >= outage.since).map(|outage| (now.saturating_sub(outage.since), outage.probes))
    }

    /// A request for `whom`, sent at `sent`, failed in a way that may be an outage's. `asked`: no probe sooner than that.
    pub(crate) fn failed(&mut self, whom: &T, sign: Sign, asked: Duration, sent: Duration, now: Duration) -> FailurePattern<T> {
        if let Some(outage) = &mut self.outage {
            if outage.under_way {
                outage.under_way = false;
                outage.wait = outage.wait.mul_f64(GROWTH).min(longest_wait(now.saturating_sub(outage.since)));
                outage.probe_at = now + outage.wait;
            }
            // What was under way when the outage began must not put off the probe; a wait that was asked for does.
            outage.probe_at = outage.probe_at.max(now + asked);
            return FailurePattern::Known;
        }
        if sign == Sign::Vague && self.own.contains(whom) {
            return FailurePattern::Single;
        }
        if self.suspects.is_empty() {
            self.first_sent = sent;
        }
        if !self.suspects.contains(whom) {
            self.suspects.push(whom.clone());
        }
        if !self.is_outage(sign, sent, now) {
            return FailurePattern::Single;
        }
        let probe_at = now + FIRST_WAIT.max(asked);
        self.outage = Some(Outage { since: now, wait: FIRST_WAIT, probe_at, under_way: false, probes: 0 });
        FailurePattern::Outage(std::mem::take(&mut self.suspects))
    }

    fn is_outage(&self, sign: Sign, sent: Duration, now: Duration) -> bool {
        let count = self.suspects.len();
        let silent = |span: Duration| self.last_success.is_none_or(|at| now.saturating_sub(at) >= span);
        (count >= CROWD.0 && sent.saturating_sub(self.first_sent) >= CROWD.1)
            || (count >= FEW.0 && silent(FEW.1) && now.saturating_sub(self.first_sent) >= FEW.1)
            || (sign == Sign::Certain && silent(ALONE))
    }

    /// Since when nobody answers, if so.
    pub(crate) fn down_since(&self) -> Option<Duration> {
        self.outage.map(|outage| outage.since)
    }
}

/// How long to wait for the next probe at most, this long after the outage began.
fn longest_wait(lasted: Duration) -> Duration {
    LONGEST_WAITS.iter().find(|(within, _)| lasted < *within).map_or(LONGEST_WAIT, |(_, wait)| *wait)
}

impl<T: Clone + PartialEq> Default for Breaker<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const NOTHING: Duration = Duration::ZERO;

    fn fail<T: Clone + PartialEq>(breaker: &mut Breaker<T>, whom: &T, sign: Sign, now: Duration) -> FailurePattern<T> {
        breaker.failed(whom, sign, NOTHING, now, now)
    }

    #[test]
    fn one_that_fails_again_and_again_is_no_outage() {
        for sign in [Sign::Possible, Sign::Vague] {
            let mut breaker = Breaker::new();
            for second in 0..100 {
                assert_eq!(fail(&mut breaker, &"anna", sign, second * SECOND), FailurePattern::Single);
            }
            assert_eq!(breaker.gate(SECOND), Gate::Open);
        }
    }

    #[test]
    fn a_crowd_in_a_row_is_one_and_a_success_between_them_is_none() {
        let ms = |count: u64| SECOND + Duration::from_millis(count);
        let mut breaker = Breaker::new();
        assert_eq!(breaker.reached(SECOND, SECOND), None);
        for round in 0..10 {
            for whom in 0..9 {
                assert_eq!(fail(&mut breaker, &whom, Sign::Possible, ms(round * 500 + whom * 50)), FailurePattern::Single);
            }
            assert_eq!(breaker.reached(SECOND, ms(round * 500 + 450)), None);
        }
        for whom in 0..9 {
            assert_eq!(fail(&mut breaker, &whom, Sign::Possible, ms(6_000 + whom * 40)), FailurePattern::Single);
        }
        assert_eq!(fail(&mut breaker, &9, Sign::Possible, ms(6_400)), FailurePattern::Outage((0..10).collect()));
        assert_eq!(breaker.down_since(), Some(ms(6_400)));
    }

    #[test]
    fn few_are_enough_once_nothing_has_succeeded_for_a_while() {
        let mut breaker = Breaker::new();
        for whom in 0..5 {
            assert_eq!(fail(&mut breaker, &whom, Sign::Vague, SECOND), FailurePattern::Single);
        }
        assert_eq!(fail(&mut breaker, &2, Sign::Vague, 3 * SECOND), FailurePattern::Outage(vec![0, 1, 2, 3, 4]));
    }

    #[test]
    fn what_failed_while_others_succeeded_is_its_own_trouble() {
        let mut breaker = Breaker::new();
        for whom in 0..9 {
            assert_eq!(fail(&mut breaker, &whom, Sign::Vague, SECOND), FailurePattern::Single);
        }
        assert_eq!(breaker.reached(SECOND, SECOND), None);
        for second in 10..30 {
            for whom in 0..9 {
                assert_eq!(fail(&mut breaker, &whom, Sign::Vague, second * SECOND), FailurePattern::Single);
            }
        }
    }

    #[test]
    fn a_certain_sign_is_enough_in_silence_and_not_among_successes() {
        let mut breaker = Breaker::new();
        assert_eq!(breaker.reached(SECOND, SECOND), None);
        assert_eq!(fail(&mut breaker, &0, Sign::Certain, 2 * SECOND), FailurePattern::Single);
        assert_eq!(fail(&mut breaker, &0, Sign::Certain, 4 * SECOND), FailurePattern::Outage(vec![0]));
    }

    #[test]
    fn one_probe_at_a_time_with_growing_waits() {
        let mut breaker = Breaker::new();
        let mut now = SECOND;
        assert_eq!(fail(&mut breaker, &0, Sign::Certain, now), FailurePattern::Outage(vec![0]));
        let mut probes = 0;
        let mut by_minute = [0; 30];
        while now < 1_800 * SECOND {
            match breaker.gate(now) {
                Gate::Shut(Some(at)) => now = at,
                Gate::Probe => {
                    breaker.probing();
                    probes += 1;
                    by_minute[usize::try_from(now.as_secs() / 60).unwrap()] += 1;
                    assert_eq!(breaker.gate(now), Gate::Shut(None), "one at a time");
                    assert_eq!(fail(&mut breaker, &probes, Sign::Possible, now), FailurePattern::Known);
                }
                gate => panic!("{gate:?}"),
            }
        }
        assert!((25..=35).contains(&by_minute[0]), "{by_minute:?}");
        assert!((6..=9).contains(&by_minute[5]), "{by_minute:?}");
        assert!((1..=3).contains(&by_minute[25]), "{by_minute:?}");
        assert_eq!(breaker.reached(Duration::ZERO, now), None, "sent before it began");
        assert_eq!(breaker.reached(now, now), Some((now.saturating_sub(SECOND), probes)));
        assert_eq!(breaker.gate(now), Gate::Open);
    }

    #[test]
    fn a_wait_that_was_asked_for_puts_off_the_probe() {
        let mut breaker = Breaker::new();
        breaker.failed(&0, Sign::Certain, 30 * SECOND, SECOND, SECOND);
        assert_eq!(breaker.gate(2 * SECOND), Gate::Shut(Some(31 * SECOND)));
        fail(&mut breaker, &1, Sign::Possible, 3 * SECOND);
        assert_eq!(breaker.gate(3 * SECOND), Gate::Shut(Some(31 * SECOND)));
    }
}
