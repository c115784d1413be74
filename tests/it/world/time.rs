//! Time that passes. In this process a clock leaps; for the program, which reads the machine's, what its ledger remembers
//! becomes older.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use photosyncd::testing::clock::{Clock, TimeSource};
use photosyncd::testing::model::Timestamp;

use super::World;

/// What comes of it, and how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    #[expect(clippy::disallowed_methods, reason = "a test measures another process")]
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

/// The machine's clock, and what was leapt over since.
pub(crate) struct Leaping(pub(crate) Clock, pub(crate) Arc<AtomicU64>);

impl TimeSource for Leaping {
    fn wall(&self) -> Timestamp {
        self.0.now().plus(Duration::from_millis(self.1.load(Ordering::Relaxed)))
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

impl World {
    pub(crate) fn minutes_later(&self, minutes: u64) {
        self.later(Duration::from_secs(minutes * 60));
    }

    pub(crate) fn hours_later(&self, hours: u64) {
        self.minutes_later(hours * 60);
    }

    pub(crate) fn days_later(&self, days: u64) {
        self.hours_later(days * 24);
    }
}
