//! Photos that were held up together, by a question that all of them waited for, leave one by one.
//!
//! The pace lets each go at its time, but what is asked before it leaves takes its own time. Whoever is let go while one
//! answer is late leaves when it comes, and a crowd at once is more than a tenant allows.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So long of nobody leaving is made up for at once: answers never come evenly.
const UNEVEN: Duration = Duration::from_millis(150);
/// At a pace slower than this for each, nobody is kept: it may be another one in a moment.
const LONGEST: Duration = Duration::from_millis(250);
/// While so many wait that they take this long to leave, nobody else is let go.
const CROWD: Duration = Duration::from_millis(500);

/// Where photos leave.
#[derive(Debug, Default)]
pub(super) struct Door(Mutex<Duration>);

impl Door {
    /// Takes the next place at this pace, and says how long it is until then. A probe, whose pace is nought, waits for nobody.
    pub(super) fn wait(&self, per_second: f64, now: Duration) -> Duration {
        if per_second <= 0.0 {
            return Duration::ZERO;
        }
        let mut next = self.next();
        let at = (*next).max(now.saturating_sub(UNEVEN));
        *next = at + Duration::from_secs_f64(1.0 / per_second).min(LONGEST);
        at.saturating_sub(now)
    }

    /// When others may be let go, if so many wait that they may not now.
    pub(super) fn crowd_ends(&self, now: Duration) -> Option<Duration> {
        self.next().checked_sub(CROWD).filter(|ends| *ends > now)
    }

    fn next(&self) -> MutexGuard<'_, Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// When each leaves that comes at such a time.
    fn leave(per_second: f64, come: impl Iterator<Item = u32>) -> Vec<Duration> {
        let door = Door::default();
        come.map(|ms| ms * MS + door.wait(per_second, ms * MS)).collect()
    }

    #[test]
    fn whoever_comes_in_his_turn_waits_for_nobody() {
        let mut chance = fastrand::Rng::with_seed(1);
        let come: Vec<u32> = (20..1_000).map(|number| number * 50 + chance.u32(0..60)).collect();
        let waits = leave(20.0, come.iter().copied()).into_iter().zip(&come).filter(|(left, came)| *left > **came * MS);
        assert_eq!(waits.count(), 0);
    }

    #[test]
    fn a_crowd_leaves_at_the_pace_and_nobody_joins_it() {
        let (door, mut left, mut held_back) = (Door::default(), Vec::new(), 0);
        // Nobody for two seconds, then forty at once; whoever comes later comes when he may.
        for number in 0..200 {
            let mut now = (number * 50).max(2_000) * MS;
            if number >= 40
                && let Some(ends) = door.crowd_ends(now)
            {
                held_back += 1;
                now = ends;
            }
            left.push(now + door.wait(20.0, now));
        }
        for span in left.windows(21) {
            let took = span[20].saturating_sub(span[0]);
            assert!(took >= 850 * MS, "20 within {took:?}");
        }
        assert!(held_back > 0 && left[199] <= 12_000 * MS, "{held_back}, {:?}", left[199]);
    }

    #[test]
    fn a_probe_waits_for_nobody() {
        let door = Door::default();
        assert!((0..100).all(|_| door.wait(0.0, 9_000 * MS).is_zero()));
    }
}
