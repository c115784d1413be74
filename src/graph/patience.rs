//! How long a command was told to wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// An answer has so much time, however little patience there is.
const LEAST: Duration = Duration::from_secs(5);
/// Where nothing is set.
const NONE: u64 = u64::MAX;

/// Shared by all that wait before they ask once more: sign-in and directory questions.
#[derive(Debug)]
pub(super) struct Patience {
    /// All waiting without an answer between ends after so many milliseconds.
    most: AtomicU64,
    /// Since when, on the client's clock in milliseconds, there was only waiting.
    since: AtomicU64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { most: AtomicU64::new(NONE), since: AtomicU64::new(NONE) }
    }
}

impl Patience {
    /// Nobody waits longer than this without an answer between.
    pub(super) fn set(&self, most: Duration) {
        self.most.store(millis(most), Ordering::Relaxed);
    }

    /// Whether it may be waited for so long from `now` on.
    pub(super) fn allows(&self, wait: Duration, now: Duration) -> bool {
        self.left(now).is_none_or(|left| wait <= left)
    }

    /// How long may still be waited from `now` on; none if nobody said.
    fn left(&self, now: Duration) -> Option<Duration> {
        let most = self.most.load(Ordering::Relaxed);
        if most == NONE {
            return None;
        }
        let now = millis(now);
        let since = self.since.compare_exchange(NONE, now, Ordering::Relaxed, Ordering::Relaxed).err().unwrap_or(now);
        Some(Duration::from_millis(most.saturating_sub(now.saturating_sub(since))))
    }

    /// How long the answer to what is asked at `now` is waited for; none if nobody said.
    pub(super) fn hears_out(&self, now: Duration) -> Option<Duration> {
        self.left(now).map(|left| left.max(LEAST))
    }

    /// Something was answered: waiting begins from nothing again.
    pub(super) fn answered(&self) {
        self.since.store(NONE, Ordering::Relaxed);
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(NONE - 1).min(NONE - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_add_up_until_something_is_answered() {
        let patience = Patience::default();
        assert!(patience.allows(9_999 * SECOND, SECOND), "nobody said how long");
        patience.set(5 * SECOND);
        assert!(!patience.allows(6 * SECOND, SECOND), "longer than all of it");
        patience.answered();
        assert!(patience.allows(3 * SECOND, 10 * SECOND) && patience.allows(2 * SECOND, 13 * SECOND));
        assert!(!patience.allows(SECOND, 15 * SECOND), "in small pieces, too");
        assert_eq!(patience.hears_out(20 * SECOND), Some(LEAST));
        patience.answered();
        assert!(patience.allows(5 * SECOND, 15 * SECOND));
        patience.set(9 * SECOND);
        assert_eq!(patience.hears_out(16 * SECOND), Some(8 * SECOND));
    }
}
