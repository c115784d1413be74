//! How long a command was told to wait, and what Graph asked it to wait for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Failure;

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
    /// Directory questions pause until then, as Graph asked by this answer.
    pause: Mutex<Option<(Duration, Failure)>>,
}

impl Default for Patience {
    fn default() -> Self {
        Self { most: AtomicU64::new(NONE), since: AtomicU64::new(NONE), pause: Mutex::default() }
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

    /// Graph asked everybody to pause.
    pub(super) fn pause(&self, until: Duration, failure: &Failure) {
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        if pause.as_ref().is_none_or(|(before, _)| *before < until) {
            *pause = Some((until, failure.clone()));
        }
    }

    /// The pause that runs at `now`: how long still, and the answer that asked for it.
    pub(super) fn paused(&self, now: Duration) -> Option<(Duration, Failure)> {
        let pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, failure) = pause.as_ref().filter(|(until, _)| *until > now)?;
        let left = until.saturating_sub(now);
        Some((left, Failure { retry_after: Some(left), ..failure.clone() }))
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(NONE - 1).min(NONE - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Class;

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

    #[test]
    fn the_longest_pause_stands_until_it_is_over() {
        let (patience, no) = (Patience::default(), Failure::local(Class::Throttled, "no", "wait"));
        assert!(patience.paused(SECOND).is_none());
        patience.pause(9 * SECOND, &no);
        patience.pause(4 * SECOND, &no);
        assert_eq!(patience.paused(2 * SECOND).unwrap().1.retry_after, Some(7 * SECOND));
        assert!(patience.paused(9 * SECOND).is_none());
    }
}
