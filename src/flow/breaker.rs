//! Whether anybody is there at all: on evidence of an outage one probe at a time goes out, and nothing else.
//!
//! Evidence is failures of different ones in a row, whatever their shape, and no success between: how many are needed
//! follows from how long nothing succeeded, so that chance does not make an outage of accidents. In a row means in the
//! order in which they were sent: faults come faster than successes, so what is still under way may be a success, and a
//! success says nothing about what was sent after it.
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
/// A probe that has no answer after this long is not waited for: another one goes out.
const PROBE_ANSWERS_WITHIN: Duration = Duration::from_secs(8);
/// Those that failed while others succeeded are kept in mind, up to so many.
const OWN: usize = 1_000;
/// So often: once may be chance.
const OWN_AFTER: usize = 2;
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
    /// Nothing before this time, unless the probe that is under way ends sooner.
    Shut(Duration),
}

/// What a failure told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FailurePattern<T> {
    /// It may be this one's own.
    Single,
    /// An outage begins: what these failed of was not theirs, each as often as it is named.
    Outage(Vec<T>),
    /// The outage goes on.
    Known,
}

/// Sees outages begin and end.
#[derive(Debug)]
pub(crate) struct Breaker<T> {
    /// Who failed since the last success, and when the request left.
    suspects: Vec<(T, Duration)>,
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
    /// When the probe left that is under way.
    under_way: Option<Duration>,
    probes: u32,
    /// Its evidence is that nobody answers: whoever does, ends it.
    silent: bool,
}

impl<T: Clone + PartialEq> Breaker<T> {
    /// All is well.
    pub(crate) const fn new() -> Self {
        Self { suspects: Vec::new(), own: VecDeque::new(), last_success: None, outage: None }
    }

    /// What may go out now.
    pub(crate) fn gate(&self, now: Duration) -> Gate {
        match &self.outage {
            None => Gate::Open,
            Some(outage) => {
                let at = outage.under_way.map_or(outage.probe_at, |left| outage.probe_at.max(left + PROBE_ANSWERS_WITHIN));
                if now < at { Gate::Shut(at) } else { Gate::Probe }
            }
        }
    }

    /// A probe leaves.
    pub(crate) fn probing(&mut self, now: Duration) {
        if let Some(outage) = &mut self.outage {
            outage.under_way = Some(now);
            outage.probes += 1;
        }
    }

    /// The probe came back without having asked anybody.
    pub(crate) fn probe_dropped(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.under_way = None;
        }
    }

    /// Somebody answered a request that was sent at `sent`; what was sent before the outage began says nothing about its
    /// end. Says how long the outage lasted and how many probes went out, if this is its end.
    pub(crate) fn reached(&mut self, sent: Duration, now: Duration) -> Option<(Duration, u32)> {
        self.last_success = Some(now);
        if self.outage.is_none() {
            self.own.extend(self.suspects.extract_if(.., |(_, left)| *left <= sent).map(|(whom, _)| whom));
            self.own.drain(..self.own.len().saturating_sub(OWN));
        } else {
            self.suspects.clear();
        }
        let ended = self.outage.take_if(|outage| outage.silent || sent >= outage.since)?;
        Some((now.saturating_sub(ended.since), ended.probes))
    }

    /// Requests that left since `first`, for `count` different ones, have had no answer for long. Says whether an outage
    /// begins with that.
    pub(crate) fn silence(&mut self, count: usize, first: Duration, now: Duration) -> bool {
        let begins = self.outage.is_none() && count >= FEW.0 && self.last_success.is_none_or(|at| at < first);
        if begins {
            self.begin(true, Duration::ZERO, now);
        }
        begins
    }

    fn begin(&mut self, silent: bool, asked: Duration, now: Duration) {
        let probe_at = now + FIRST_WAIT.max(asked);
        self.outage = Some(Outage { since: now, wait: FIRST_WAIT, probe_at, under_way: None, probes: 0, silent });
    }

    /// A request for `whom`, sent at `sent`, failed in a way that may be an outage's. `asked`: no probe sooner than that.
    /// `pending`: when the oldest request left that may still be answered well.
    pub(crate) fn failed(
        &mut self,
        whom: &T,
        sign: Sign,
        asked: Duration,
        sent: Duration,
        pending: Option<Duration>,
        now: Duration,
    ) -> FailurePattern<T> {
        if let Some(outage) = &mut self.outage {
            if outage.under_way.is_some_and(|left| sent >= left) {
                outage.under_way = None;
                outage.wait = outage.wait.mul_f64(GROWTH).min(longest_wait(now.saturating_sub(outage.since)));
                outage.probe_at = now + outage.wait;
            }
            // What was under way when the outage began must not put off the probe; a wait that was asked for does.
            outage.probe_at = outage.probe_at.max(now + asked);
            return FailurePattern::Known;
        }
        let is_own = self.own.iter().filter(|own| *own == whom).count() >= OWN_AFTER;
        if sign != Sign::Certain && is_own {
            return FailurePattern::Single;
        }
        self.suspects.drain(..self.suspects.len().saturating_sub(OWN));
        self.suspects.push((whom.clone(), sent));
        let is_settled = |left: Duration| pending.is_none_or(|pending| left <= pending);
        if !self.is_outage(sign == Sign::Certain && is_settled(sent), is_settled, now) {
            return FailurePattern::Single;
        }
        self.begin(false, asked, now);
        FailurePattern::Outage(std::mem::take(&mut self.suspects).into_iter().map(|(whom, _)| whom).collect())
    }

    fn is_outage(&self, is_certain: bool, is_settled: impl Fn(Duration) -> bool, now: Duration) -> bool {
        let silent = |span: Duration| self.last_success.is_none_or(|at| now.saturating_sub(at) >= span);
        let settled = self.suspects.iter().filter(|(_, left)| is_settled(*left));
        let mut different: Vec<&T> = Vec::new();
        for (whom, _) in settled.clone() {
            if different.len() < CROWD.0 && !different.contains(&whom) {
                different.push(whom);
            }
        }
        let times = settled.map(|(_, left)| *left);
        let (Some(first), Some(last)) = (times.clone().min(), times.max()) else { return false };
        (different.len() >= CROWD.0 && last.saturating_sub(first) >= CROWD.1)
            || (different.len() >= FEW.0 && silent(FEW.1) && now.saturating_sub(first) >= FEW.1)
            || (is_certain && silent(ALONE))
    }

    /// Whether somebody was answered within this time.
    pub(crate) fn succeeded_within(&self, span: Duration, now: Duration) -> bool {
        self.last_success.is_some_and(|at| now.saturating_sub(at) < span)
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
        breaker.failed(whom, sign, NOTHING, now, None, now)
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
            assert_eq!(breaker.reached(ms(round * 500 + 420), ms(round * 500 + 450)), None);
        }
        for whom in 0..9 {
            assert_eq!(fail(&mut breaker, &(100 + whom), Sign::Possible, ms(6_000 + whom * 40)), FailurePattern::Single);
        }
        assert_eq!(fail(&mut breaker, &109, Sign::Possible, ms(6_400)), FailurePattern::Outage((100..110).collect()));
        assert_eq!(breaker.down_since(), Some(ms(6_400)));
    }

    #[test]
    fn few_are_enough_once_nothing_has_succeeded_for_a_while() {
        let mut breaker = Breaker::new();
        for whom in 0..5 {
            assert_eq!(fail(&mut breaker, &whom, Sign::Vague, SECOND), FailurePattern::Single);
        }
        assert_eq!(
            fail(&mut breaker, &2, Sign::Vague, 3 * SECOND),
            FailurePattern::Outage(vec![0, 1, 2, 3, 4, 2]),
            "2 is forgiven twice"
        );
    }

    #[test]
    fn what_failed_while_others_succeeded_is_its_own_trouble() {
        for sign in [Sign::Possible, Sign::Vague] {
            let mut breaker = Breaker::new();
            for _ in 0..OWN_AFTER {
                for whom in 0..9 {
                    assert_eq!(fail(&mut breaker, &whom, sign, SECOND), FailurePattern::Single);
                }
                assert_eq!(breaker.reached(SECOND, SECOND), None);
            }
            for second in 10..30 {
                for whom in 0..9 {
                    assert_eq!(fail(&mut breaker, &whom, sign, second * SECOND), FailurePattern::Single);
                }
            }
        }
    }

    #[test]
    fn in_a_row_is_in_the_order_of_sending() {
        let ms = |count: u64| SECOND + Duration::from_millis(count);
        // Faults at once, successes after three seconds: what is under way may be one.
        let mut breaker = Breaker::new();
        assert_eq!(breaker.reached(SECOND, SECOND), None);
        for whom in 0..40 {
            let now = ms(3_000 + whom * 50);
            assert_eq!(breaker.failed(&whom, Sign::Possible, NOTHING, now, Some(ms(3_010)), now), FailurePattern::Single);
        }
        // Old successes come in while everything new fails: they refute nothing that was sent after them.
        for whom in 0..8 {
            assert_eq!(breaker.reached(ms(2_000 + whom * 10), ms(5_000 + whom * 10)), None);
        }
        let now = ms(6_000);
        let outage = breaker.failed(&40, Sign::Possible, NOTHING, now, None, now);
        assert_eq!(outage, FailurePattern::Outage((0..=40).collect()), "all of them are forgiven");
    }

    #[test]
    fn a_certain_sign_is_enough_in_silence_and_not_among_successes() {
        let mut breaker = Breaker::new();
        assert_eq!(breaker.reached(SECOND, SECOND), None);
        assert_eq!(fail(&mut breaker, &0, Sign::Certain, 2 * SECOND), FailurePattern::Single);
        assert_eq!(fail(&mut breaker, &0, Sign::Certain, 4 * SECOND), FailurePattern::Outage(vec![0, 0]));
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
                Gate::Shut(at) => now = at,
                Gate::Probe => {
                    breaker.probing(now);
                    probes += 1;
                    by_minute[usize::try_from(now.as_secs() / 60).unwrap()] += 1;
                    assert_eq!(breaker.gate(now), Gate::Shut(now + PROBE_ANSWERS_WITHIN), "one at a time");
                    assert_eq!(fail(&mut breaker, &probes, Sign::Possible, now), FailurePattern::Known);
                }
                Gate::Open => panic!("it is not over"),
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
        breaker.failed(&0, Sign::Certain, 30 * SECOND, SECOND, None, SECOND);
        assert_eq!(breaker.gate(2 * SECOND), Gate::Shut(31 * SECOND));
        fail(&mut breaker, &1, Sign::Possible, 3 * SECOND);
        assert_eq!(breaker.gate(3 * SECOND), Gate::Shut(31 * SECOND));
    }

    #[test]
    fn silence_is_an_outage_too_and_a_probe_that_hangs_does_not_stop_the_next() {
        let mut breaker = Breaker::<u32>::new();
        assert_eq!(breaker.reached(SECOND, SECOND), None);
        assert!(!breaker.silence(5, SECOND, 7 * SECOND), "somebody was answered since");
        assert!(!breaker.silence(4, 2 * SECOND, 7 * SECOND), "four may hang by chance");
        assert!(breaker.silence(5, 2 * SECOND, 7 * SECOND));
        assert!(!breaker.silence(5, 2 * SECOND, 8 * SECOND), "it has begun already");
        let (first, probe) = (7 * SECOND + FIRST_WAIT, 7 * SECOND + FIRST_WAIT + PROBE_ANSWERS_WITHIN);
        assert_eq!((breaker.gate(8 * SECOND), breaker.gate(7 * SECOND)), (Gate::Probe, Gate::Shut(first)));
        breaker.probing(first);
        assert_eq!(breaker.gate(first + SECOND), Gate::Shut(probe));
        assert_eq!(breaker.gate(probe), Gate::Probe);
        breaker.probing(probe);
        assert_eq!(breaker.failed(&1, Sign::Possible, NOTHING, first, None, probe + SECOND), FailurePattern::Known);
        assert_eq!(breaker.gate(probe + SECOND), Gate::Shut(probe + PROBE_ANSWERS_WITHIN), "the later probe is under way still");
        assert_eq!(
            breaker.reached(3 * SECOND, probe + SECOND),
            Some((probe.saturating_sub(6 * SECOND), 2)),
            "an old request is answered"
        );
    }
}
