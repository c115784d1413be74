//! The only place that reads the time. Everything else is handed a [`Clock`], or just `now`.
#![expect(clippy::disallowed_methods, reason = "this file is where the time is read")]

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use crate::model::{Steady, Timestamp};

/// Reads the time: the machine's, or one that a test moves by hand.
#[derive(Clone)]
pub struct Clock(Arc<dyn TimeSource>);

/// What a clock is made of. Both readings must come from one source, so that a test moves them together.
pub trait TimeSource: Send + Sync {
    /// Wall time: comparable with other machines, may be set back.
    fn wall(&self) -> Timestamp;
    /// Time since this source was made: never goes back.
    fn elapsed(&self) -> Duration;
    /// A clock that nobody sets, whose readings other processes can compare. The wall clock itself, where no other is told.
    fn steady(&self) -> Steady {
        Steady { boot: String::new(), millis: self.wall().millis() }
    }
}

struct Machine(Instant);

impl TimeSource for Machine {
    fn wall(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(0).plus(since_epoch)
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn steady(&self) -> Steady {
        // Where the system does not tell, each look stands for a start of its own.
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let since_start = clock_gettime(ClockId::Boottime);
        let millis = since_start.tv_sec.saturating_mul(1_000).saturating_add(since_start.tv_nsec / 1_000_000);
        Steady { boot: boot.trim().to_owned(), millis }
    }
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(Machine(Instant::now())))
    }

    /// A clock made of something else.
    pub fn from_source(source: impl TimeSource + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// Wall time now.
    pub fn now(&self) -> Timestamp {
        self.0.wall()
    }

    /// A clock that nobody sets.
    pub fn steady(&self) -> Steady {
        self.0.steady()
    }

    /// The system's monotonic clock in microseconds, as systemd wants to be told it. Only the machine has one.
    pub fn monotonic_usec() -> u64 {
        let rustix::time::Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::Monotonic);
        let whole = u64::try_from(tv_sec).unwrap_or(0).saturating_mul(1_000_000);
        whole.saturating_add(u64::try_from(tv_nsec).unwrap_or(0) / 1_000)
    }

    /// Time since the clock was made; for measuring spans.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
