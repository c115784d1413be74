//! The pace of directory questions. Until Graph refuses one as one too many there is none; from then on they leave one after
//! the other, at the rate that is found to be allowed, until that is as good as no limit or long past.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Failure;
use crate::flow::{PaceSettings, Pacer, Verdict};
use crate::model::TargetKind;

/// Of a limit nothing is known at first but that it is lower than what was asked; the pace doubles every second until the next
/// refusal tells more. Graph's documented limit for directory reads is some 350 a second for the smallest tenants.
const PACE: PaceSettings = PaceSettings { per_second: 2.0, max_per_second: 350.0 };
/// A limit that refused nobody for so long is found out again, if it still stands.
const FORGOTTEN: Duration = Duration::from_secs(300);

/// Shared by all that ask the directory.
#[derive(Debug, Default)]
pub(super) struct QuestionPace(Mutex<Option<Limit>>);

/// The limit that was met.
#[derive(Debug)]
struct Limit {
    pacer: Pacer,
    /// The answer that asked to wait, until the latest time.
    refusal: Failure,
    until: Duration,
    /// When the last refusal came that is news: what left before says nothing more about the rate.
    refused_at: Duration,
}

impl QuestionPace {
    /// Takes the turn of a question at `now`, or says how long to wait before that is asked again, and the answer that asked
    /// to wait.
    pub(super) fn turn(&self, now: Duration) -> Result<(), (Duration, Box<Failure>)> {
        let mut limit = self.lock();
        let Some(met) = limit.as_mut() else { return Ok(()) };
        let paused = met.until > now;
        match met.pacer.ask(TargetKind::User, now) {
            Verdict::At { at, .. } => {
                let left = at.saturating_sub(now);
                Err((left, Box::new(Failure { retry_after: Some(left), ..met.refusal.clone() })))
            }
            Verdict::Go => {
                let is_past = now.saturating_sub(met.refused_at) > FORGOTTEN || met.pacer.rate() >= PACE.max_per_second;
                if is_past && !paused {
                    *limit = None;
                }
                Ok(())
            }
        }
    }

    /// Whether a refusal of a question that left then says something that was not known.
    pub(super) fn is_news(&self, left: Duration) -> bool {
        self.lock().as_ref().is_none_or(|met| left > met.refused_at)
    }

    /// Graph refused a question that left then, and everybody waits; says whether that is the first one of this limit.
    pub(super) fn refused(&self, failure: &Failure, wait: Duration, left: Duration, now: Duration) -> bool {
        let mut limit = self.lock();
        let until = now + wait;
        let Some(met) = limit.as_mut() else {
            let mut pacer = Pacer::new(PACE, now);
            pacer.waits(wait, now);
            *limit = Some(Limit { pacer, refusal: failure.clone(), until, refused_at: now });
            return true;
        };
        if left > met.refused_at {
            met.pacer.refused(None, wait, left, now);
            met.refused_at = now;
        } else {
            met.pacer.waits(wait, now);
        }
        if until > met.until {
            (met.until, met.refusal) = (until, failure.clone());
        }
        false
    }

    /// Graph answered a question that left then.
    pub(super) fn answered(&self, left: Duration, now: Duration) {
        if let Some(met) = self.lock().as_mut() {
            met.pacer.answered(left, now);
        }
    }

    /// Whether there is a limit to keep to.
    pub(super) fn is_limited(&self) -> bool {
        self.lock().is_some()
    }

    /// How long a pause that Graph asked for lasts still.
    pub(super) fn paused(&self, now: Duration) -> Duration {
        self.lock().as_ref().map_or(Duration::ZERO, |met| met.until.saturating_sub(now))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Limit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Class;

    const SECOND: Duration = Duration::from_secs(1);
    const MS: Duration = Duration::from_millis(1);
    /// How long an answer takes, and how many ask at once.
    const LATENCY: Duration = Duration::from_millis(20);
    const AT_ONCE: usize = 40;

    fn no() -> Failure {
        Failure::local(Class::Throttled, "no", "wait")
    }

    /// A bucket of tokens at the other end: so many a second, so deep.
    struct Bucket {
        rate: f64,
        depth: f64,
        level: f64,
        at: Duration,
    }

    impl Bucket {
        /// How long to wait if it is empty, in whole seconds as Graph tells it.
        fn take(&mut self, now: Duration) -> Option<Duration> {
            self.level = (self.level + now.saturating_sub(self.at).as_secs_f64() * self.rate).min(self.depth);
            self.at = now;
            if self.level < 1.0 {
                return Some(Duration::from_secs_f64(((1.0 - self.level) / self.rate).ceil().max(1.0)));
            }
            self.level -= 1.0;
            None
        }
    }

    /// Asks so many questions in virtual time, forty at once; how long that takes, and how many were refused.
    fn asked(pace: &QuestionPace, count: u32, mut bucket: Bucket) -> (Duration, usize) {
        let (mut now, mut open, mut refused) = (SECOND, count as usize, 0);
        bucket.at = now;
        // When each of them is answered, when it left, and the wait if it is refused.
        let mut under_way: Vec<(Duration, Duration, Option<Duration>)> = Vec::new();
        while open > 0 {
            for (_, left, answer) in under_way.extract_if(.., |(at, ..)| *at <= now).collect::<Vec<_>>() {
                if let Some(wait) = answer {
                    refused += 1;
                    pace.refused(&no(), wait, left, now);
                } else {
                    open -= 1;
                    pace.answered(left, now);
                }
            }
            let mut next = Vec::new();
            while under_way.len() < AT_ONCE.min(open) {
                match pace.turn(now) {
                    Ok(()) => under_way.push((now + LATENCY, now, bucket.take(now))),
                    Err((wait, _)) => {
                        next.push(now + wait);
                        break;
                    }
                }
            }
            now = next.into_iter().chain(under_way.iter().map(|(at, ..)| *at)).min().unwrap_or(now).max(now + MS);
        }
        (now.saturating_sub(SECOND), refused)
    }

    #[test]
    fn a_limit_is_kept_close_to_whatever_it_is() {
        for (rate, depth, count) in [(0.5, 1.0, 100), (1.0, 2.0, 400), (2.0, 1.0, 400), (10.0, 5.0, 2_000), (50.0, 100.0, 9_000)]
        {
            let (took, refused) = asked(&QuestionPace::default(), count, Bucket { rate, depth, level: depth, at: SECOND });
            let (least, most) = (f64::from(count) / rate, AT_ONCE + count as usize / 10);
            assert!(took.as_secs_f64() < least * 1.4 + 10.0, "{rate}/s: {took:?} instead of {least} s");
            assert!(refused < most, "{rate}/s: {refused} of {count} refused");
        }
    }

    #[test]
    fn without_a_limit_nobody_waits_and_after_one_soon_nobody_does() {
        let pace = QuestionPace::default();
        let free = || Bucket { rate: 1e6, depth: 1e6, level: 1e6, at: SECOND };
        let (took, refused) = asked(&pace, 4_000, free());
        assert!(took <= LATENCY * 100 + MS && refused == 0, "forty at once: {took:?}");
        // One refusal among thousands, and no limit after it.
        pace.refused(&no(), SECOND, SECOND, SECOND);
        let (took, _) = asked(&pace, 20_000, free());
        assert!(took < 25 * SECOND, "{took:?}");
        assert!(!pace.is_limited());
    }

    #[test]
    fn the_longest_pause_stands_until_it_is_over_and_a_limit_is_forgotten() {
        let pace = QuestionPace::default();
        assert!(pace.turn(SECOND).is_ok() && pace.is_news(SECOND));
        assert!(pace.refused(&no(), 8 * SECOND, SECOND, SECOND), "the first");
        assert!(!pace.is_news(SECOND) && !pace.refused(&no(), 3 * SECOND, SECOND, SECOND), "of the same burst");
        let (left, failure) = pace.turn(2 * SECOND).unwrap_err();
        assert_eq!((left, failure.retry_after, pace.paused(2 * SECOND)), (7 * SECOND, Some(left), left));
        assert!(pace.turn(9 * SECOND).is_ok() && pace.turn(9 * SECOND).is_err());
        assert!(pace.turn(9 * SECOND + FORGOTTEN).is_ok() && !pace.is_limited());
    }
}
