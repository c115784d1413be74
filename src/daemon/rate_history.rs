//! The last hour in readings, for the plot: how many photos were sent, and how many were allowed.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::Timestamp;
use crate::report::Sample;
use crate::status::Totals;

/// Between two readings.
const EVERY: Duration = Duration::from_secs(15);
/// Readings kept: an hour's, and one.
const KEPT: usize = 241;

/// Readings, oldest first, bounded.
#[derive(Debug, Default)]
pub(super) struct RateHistory(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    samples: VecDeque<Sample>,
    /// The counts at the last reading, and when that was.
    last: Option<(Duration, u64, u64, u64)>,
}

impl RateHistory {
    /// Takes a reading, if it is time for one. `now` is the time since the clock was made, `wall` what people call it.
    pub(super) fn take(&self, totals: &Totals, allowed: f64, now: Duration, wall: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = (now, totals.delivered, totals.failed, totals.throttled);
        let Some((at, delivered, failed, throttled)) = kept.last else {
            kept.last = Some(counts);
            return;
        };
        let span = now.saturating_sub(at);
        if span < EVERY {
            return;
        }
        kept.last = Some(counts);
        if kept.samples.len() == KEPT {
            kept.samples.pop_front();
        }
        kept.samples.push_back(Sample {
            at: wall,
            span: span.as_secs_f64(),
            delivered: totals.delivered.saturating_sub(delivered),
            failed: totals.failed.saturating_sub(failed),
            throttled: totals.throttled.saturating_sub(throttled),
            allowed,
        });
    }

    /// All readings.
    pub(super) fn all(&self) -> Vec<Sample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).samples.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_differences_and_an_hour_of_them_is_kept() {
        let samples = RateHistory::default();
        for second in 0..5_000_u64 {
            let totals = Totals { delivered: second * 2, throttled: second / 1_000, ..Totals::default() };
            let wall = Timestamp::from_millis(i64::try_from(second).unwrap() * 1000);
            samples.take(&totals, 5.0, Duration::from_secs(second), wall);
        }
        let all = samples.all();
        assert_eq!(all.len(), KEPT);
        assert!(all.iter().all(|sample| sample.delivered == 30 && (sample.span - 15.0).abs() < 1e-9), "{all:?}");
        assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at));
        assert_eq!(all.iter().map(|sample| sample.throttled).sum::<u64>(), 3, "those of the last hour");
    }
}
