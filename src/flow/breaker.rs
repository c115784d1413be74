//! Whether anybody is there at all: after signs of an outage one probe at a time goes out, and nothing else.
//!
//! Time is a [`Duration`] since any fixed moment that never goes back. `T` names whom a request was for.

use std::time::Duration;

/// Failures for so many different ones in a row, without an answer in between, are an outage and nobody's own trouble.
const SUSPECTS: usize = 5;
/// The first probe goes out after this long, each later one after twice the wait of the one before ...
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// ... and none later than this: the end of an outage is seen within a minute.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

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
        Self { suspects: Vec::new(), outage: None }
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
        self.suspects.clear();
        self.outage.take_if(|outage| sent >= outage.since).map(|outage| (now.saturating_sub(outage.since), outage.probes))
    }

    /// A request for `whom` failed the way that requests fail in an outage; `certain` if it can't be anything else.
    /// `asked`: no probe sooner than that.
    pub(crate) fn failed(&mut self, whom: &T, certain: bool, asked: Duration, now: Duration) -> FailurePattern<T> {
        if let Some(outage) = &mut self.outage {
            if outage.under_way {
                outage.under_way = false;
                outage.wait = (outage.wait * 2).min(LONGEST_WAIT);
                outage.probe_at = now + outage.wait;
            }
            // What was under way when the outage began must not put off the probe; a wait that was asked for does.
            outage.probe_at = outage.probe_at.max(now + asked);
            return FailurePattern::Known;
        }
        if !self.suspects.contains(whom) {
            self.suspects.push(whom.clone());
        }
        if !certain && self.suspects.len() < SUSPECTS {
            return FailurePattern::Single;
        }
        let probe_at = now + FIRST_WAIT.max(asked);
        self.outage = Some(Outage { since: now, wait: FIRST_WAIT, probe_at, under_way: false, probes: 0 });
        FailurePattern::Outage(std::mem::take(&mut self.suspects))
    }

    /// Since when nobody answers, if so.
    pub(crate) fn down_since(&self) -> Option<Duration> {
        self.outage.map(|outage| outage.since)
    }
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

    #[test]
    fn one_that_fails_again_and_again_is_no_outage() {
        let mut breaker = Breaker::new();
        for second in 0..100 {
            assert_eq!(breaker.failed(&"anna", false, NOTHING, second * SECOND), FailurePattern::Single);
        }
        assert_eq!(breaker.gate(SECOND), Gate::Open);
    }

    #[test]
    fn several_in_a_row_are_one_and_an_answer_between_them_is_none() {
        let mut breaker = Breaker::new();
        for whom in 0..4 {
            assert_eq!(breaker.failed(&whom, false, NOTHING, SECOND), FailurePattern::Single);
        }
        assert_eq!(breaker.reached(SECOND, SECOND), None);
        for whom in 0..4 {
            assert_eq!(breaker.failed(&whom, false, NOTHING, SECOND), FailurePattern::Single);
        }
        assert_eq!(breaker.failed(&4, false, NOTHING, SECOND), FailurePattern::Outage(vec![0, 1, 2, 3, 4]));
        assert_eq!(breaker.down_since(), Some(SECOND));
    }

    #[test]
    fn one_probe_at_a_time_with_growing_waits() {
        let mut breaker = Breaker::new();
        let mut now = SECOND;
        assert_eq!(breaker.failed(&0, true, NOTHING, now), FailurePattern::Outage(vec![0]));
        let mut probes = 0;
        while now < 600 * SECOND {
            match breaker.gate(now) {
                Gate::Shut(Some(at)) => now = at,
                Gate::Probe => {
                    breaker.probing();
                    probes += 1;
                    assert_eq!(breaker.gate(now), Gate::Shut(None), "one at a time");
                    assert_eq!(breaker.failed(&probes, true, NOTHING, now), FailurePattern::Known);
                }
                gate => panic!("{gate:?}"),
            }
        }
        assert!((12..=18).contains(&probes), "{probes} probes in ten minutes");
        assert_eq!(breaker.reached(Duration::ZERO, now), None, "sent before it began");
        assert_eq!(breaker.reached(now, now), Some((now.saturating_sub(SECOND), probes)));
        assert_eq!(breaker.gate(now), Gate::Open);
    }

    #[test]
    fn a_wait_that_was_asked_for_puts_off_the_probe() {
        let mut breaker = Breaker::new();
        breaker.failed(&0, true, 30 * SECOND, SECOND);
        assert_eq!(breaker.gate(2 * SECOND), Gate::Shut(Some(31 * SECOND)));
        breaker.failed(&1, false, NOTHING, 3 * SECOND);
        assert_eq!(breaker.gate(3 * SECOND), Gate::Shut(Some(31 * SECOND)));
    }
}
