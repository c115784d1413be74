//! Whether a loop turns: it says so each time round, and the supervisor is told only while all have said so lately.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Stands for a loop that is not at work just now, and so is not missed.
const AT_REST: u64 = u64::MAX;

/// When a loop last turned.
#[derive(Debug)]
pub(super) struct Heartbeat(AtomicU64);

impl Default for Heartbeat {
    fn default() -> Self {
        Self(AtomicU64::new(AT_REST))
    }
}

impl Heartbeat {
    /// It turns, at this time since the clock was made.
    pub(super) fn beat(&self, now: Duration) {
        self.0.store(u64::try_from(now.as_millis()).unwrap_or(AT_REST - 1), Ordering::Relaxed);
    }

    /// It is at rest from now on.
    pub(super) fn idle(&self) {
        self.0.store(AT_REST, Ordering::Relaxed);
    }

    /// Whether it is at rest, or turned within `limit` before now.
    pub(super) fn is_well(&self, now: Duration, limit: Duration) -> bool {
        match self.0.load(Ordering::Relaxed) {
            AT_REST => true,
            at => now.saturating_sub(Duration::from_millis(at)) <= limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_does_not_turn_is_missed_and_one_at_rest_is_not() {
        let (second, beat) = (Duration::from_secs(1), Heartbeat::default());
        assert!(beat.is_well(100 * second, second));
        beat.beat(100 * second);
        assert!(beat.is_well(101 * second, second));
        assert!(!beat.is_well(102 * second, second));
        beat.idle();
        assert!(beat.is_well(200 * second, second));
    }
}
