//! How long to wait before the next try: exponential, with full jitter.

use std::time::Duration;

use backoff::BackoffBuilder;

/// Shortest wait: full jitter may come out near zero, and a try at once is not a wait.
const SHORTEST: Duration = Duration::from_millis(100);

/// After a first accident the next try comes within this time.
const SOON: Duration = Duration::from_millis(500);

/// A wait that seems to end later than this is owed to a clock that was set back, and is over.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How tries are spaced, and when they end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RetryPolicy {
    initial: Duration,
    max: Duration,
    give_up_after: Duration,
}

impl Default for RetryPolicy {
    /// From 2 seconds to a quarter of an hour, for a week.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { initial: seconds(2), max: seconds(15 * 60), give_up_after: seconds(7 * 24 * 3600) }
    }
}

impl RetryPolicy {
    /// The first wait is up to `initial`, each later one up to twice as long, none over `max`; a target that has
    /// failed for `give_up_after` is given up.
    pub(crate) fn try_new(initial: Duration, max: Duration, give_up_after: Duration) -> Result<Self, String> {
        if initial < SHORTEST || initial > max {
            return Err("the first wait must be at least 100ms and at most the longest one".to_owned());
        }
        if max > LONGEST {
            return Err("the longest wait must be at most 1d".to_owned());
        }
        Ok(Self { initial, max, give_up_after })
    }

    /// The wait after this many failed tries (from 1). `chance` is drawn evenly from 0..1 by the caller.
    pub(crate) fn delay(&self, attempts: u32, chance: f64) -> Duration {
        let ceiling = backoff::ExponentialBuilder::default()
            .with_factor(2.0)
            .with_min_delay(self.initial)
            .with_max_delay(self.max)
            .without_max_times()
            .build()
            .nth(usize::try_from(attempts.saturating_sub(1).min(64)).unwrap_or(64))
            .unwrap_or(self.max);
        ceiling.mul_f64(chance.clamp(0.0, 1.0)).max(SHORTEST)
    }

    /// The wait after so many accidents (from 1), which are nobody's fault: half a second at most, up to half of `initial`,
    /// up to `initial`, and doubling from there.
    pub(crate) fn after_accident(&self, attempts: u32, chance: f64) -> Duration {
        match attempts {
            0 | 1 => {}
            2 => return self.delay(1, chance / 2.0),
            more => return self.delay(more - 2, chance),
        }
        (SHORTEST + SOON.saturating_sub(SHORTEST).mul_f64(chance.clamp(0.0, 1.0))).min(self.initial)
    }

    /// Whether a target that first failed this long ago is tried no more.
    pub(crate) fn gives_up(&self, failing_for: Duration) -> bool {
        failing_for >= self.give_up_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn doubles_up_to_the_ceiling_and_jitters_over_the_whole_span() {
        let policy = RetryPolicy::try_new(2 * SECOND, 60 * SECOND, 3600 * SECOND).unwrap();
        let ceilings: Vec<u64> = (1..=7).map(|attempts| policy.delay(attempts, 1.0).as_secs()).collect();
        assert_eq!(ceilings, [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(policy.delay(u32::MAX, 1.0), 60 * SECOND);
        assert_eq!(policy.delay(3, 0.5), 4 * SECOND);
        assert_eq!(policy.delay(3, 0.0), SHORTEST);
        let soon: Vec<u128> = [0.0, 0.5, 1.0].iter().map(|chance| policy.after_accident(1, *chance).as_millis()).collect();
        assert_eq!(soon, [100, 300, 500]);
        let later: Vec<u64> = (2..=8).map(|attempts| policy.after_accident(attempts, 1.0).as_secs()).collect();
        assert_eq!(later, [1, 2, 4, 8, 16, 32, 60]);
        assert!(!policy.gives_up(3599 * SECOND) && policy.gives_up(3600 * SECOND));
        assert!(RetryPolicy::try_new(2 * SECOND, SECOND, SECOND).is_err());
    }
}
