//! The request quota: requests a second over all, and requests at once for each mailbox.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::emulator::reply::http_date;
use crate::model::Timestamp;

/// How an announced wait is written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum RetryAfter {
    /// Whole seconds, rounded up: at least 1.
    #[default]
    Seconds,
    /// Seconds with three decimals, as Microsoft's own throttling sample has them.
    Fraction,
    /// An HTTP date, rounded up to the second.
    Date,
    /// No header.
    Absent,
}

impl RetryAfter {
    /// The wait that a header of this form tells.
    pub(crate) fn round(self, wait: Duration) -> Duration {
        match self {
            Self::Seconds | Self::Date => Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
            Self::Fraction => Duration::from_millis(u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)),
            Self::Absent => wait,
        }
    }

    /// The header's text for a rounded wait; none if there is no header.
    pub(crate) fn text(self, wait: Duration, now: Timestamp) -> Option<String> {
        match self {
            Self::Seconds => Some(wait.as_secs().to_string()),
            Self::Fraction => Some(format!("{:.3}", wait.as_secs_f64())),
            Self::Date => Some(http_date(now.plus(wait + Duration::from_millis(999)))),
            Self::Absent => None,
        }
    }
}

/// Which requests draw on the quota.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Throttled {
    /// PUT, PATCH and DELETE of photos.
    #[default]
    PhotoWrites,
    /// Every Graph request.
    All,
}

/// The request quota: a bucket of `burst` tokens that refills at `rate`.
#[derive(Clone, Debug)]
pub struct Throttling {
    /// Requests per second; absent: no quota. Default none.
    pub rate: Option<f64>,
    /// Requests that a rested bucket lets through at once. Default 10.
    pub burst: u32,
    /// What draws on it.
    pub covers: Throttled,
    /// How the wait is announced.
    pub retry_after: RetryAfter,
    /// The shortest wait that is announced. Default none.
    pub at_least: Duration,
    /// Requests in flight per mailbox; Microsoft documents 4 for Outlook resources. Absent: no limit. Default none.
    pub mailbox_concurrency: Option<u32>,
    /// A request that comes this soon after a refusal was on its way already and doesn't count as early. Default 100 ms.
    pub grace: Duration,
}

impl Default for Throttling {
    fn default() -> Self {
        Self {
            rate: None,
            burst: 10,
            covers: Throttled::PhotoWrites,
            retry_after: RetryAfter::Seconds,
            at_least: Duration::ZERO,
            mailbox_concurrency: None,
            grace: Duration::from_millis(100),
        }
    }
}

/// A token bucket. All times are spans since the server's clock began.
pub(crate) struct Bucket {
    settings: Throttling,
    tokens: f64,
    filled: Duration,
    /// When the last answer that asked to wait left, and until when that was.
    announced: Option<(Duration, Duration)>,
    pub(crate) refused: u64,
    pub(crate) early: u64,
}

impl Bucket {
    pub(crate) fn new(settings: Throttling, now: Duration) -> Self {
        let tokens = f64::from(settings.burst);
        Self { settings, tokens, filled: now, announced: None, refused: 0, early: 0 }
    }

    pub(crate) const fn settings(&self) -> &Throttling {
        &self.settings
    }

    /// A new quota; the bucket keeps what it holds, up to the new burst.
    pub(crate) fn set_rate(&mut self, rate: Option<f64>, burst: u32, now: Duration) {
        self.fill(now);
        self.settings.rate = rate;
        self.settings.burst = burst;
        self.tokens = self.tokens.min(f64::from(burst));
    }

    /// Lets a request through, or says how long to wait; whoever tells it to the client says so with [`Self::announce`].
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        if let Some((since, until)) = self.announced
            && now > since + self.settings.grace
            && now < until
        {
            self.early += 1;
        }
        let Some(rate) = self.settings.rate else { return Ok(()) };
        self.fill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let missing = Duration::try_from_secs_f64((1.0 - self.tokens) / rate.max(1e-6)).unwrap_or(Duration::from_secs(3600));
        self.refused += 1;
        Err(self.settings.retry_after.round(missing.max(self.settings.at_least)))
    }

    /// Notes that the answer which tells a client to wait leaves, also by a scripted fault or the weather.
    pub(crate) fn announce(&mut self, now: Duration, wait: Duration) {
        let until = self.announced.map_or(Duration::ZERO, |(_, until)| until).max(now + wait);
        self.announced = Some((now, until));
    }

    fn fill(&mut self, now: Duration) {
        let rate = self.settings.rate.unwrap_or(0.0);
        let gained = now.saturating_sub(self.filled).as_secs_f64() * rate;
        self.filled = self.filled.max(now);
        self.tokens = (self.tokens + gained).min(f64::from(self.settings.burst));
    }
}

/// Requests in flight per mailbox.
#[derive(Clone, Default)]
pub(crate) struct Mailboxes(Arc<Mutex<HashMap<u32, u32>>>);

/// One request's place; given back when it ends.
pub(crate) struct MailboxPermit {
    mailboxes: Mailboxes,
    owner: u32,
}

impl Mailboxes {
    /// A place in a mailbox, or none if `limit` requests are at it already.
    pub(crate) fn enter(&self, owner: u32, limit: u32) -> Option<MailboxPermit> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(owner).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(MailboxPermit { mailboxes: self.clone(), owner })
    }
}

impl Drop for MailboxPermit {
    fn drop(&mut self) {
        let mut counts = self.mailboxes.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn bucket(rate: f64, burst: u32, retry_after: RetryAfter) -> Bucket {
        Bucket::new(Throttling { rate: Some(rate), burst, retry_after, ..Throttling::default() }, SECOND)
    }

    #[test]
    fn lets_the_burst_through_and_then_the_rate() {
        let mut bucket = bucket(2.0, 3, RetryAfter::Fraction);
        assert!((0..3).all(|_| bucket.take(SECOND).is_ok()));
        assert_eq!(bucket.take(SECOND), Err(Duration::from_millis(500)));
        assert!(bucket.take(SECOND + Duration::from_millis(500)).is_ok());
        assert!(bucket.take(SECOND + Duration::from_millis(700)).is_err());
        assert_eq!(bucket.refused, 2);
        bucket.set_rate(None, 3, SECOND);
        assert!(bucket.take(SECOND).is_ok());
    }

    #[test]
    fn counts_who_does_not_wait() {
        let mut bucket = bucket(1.0, 1, RetryAfter::Seconds);
        assert!(bucket.take(SECOND).is_ok());
        assert_eq!(bucket.take(SECOND), Err(SECOND));
        let at = |ms: u64| SECOND + Duration::from_millis(ms);
        assert!(bucket.take(at(200)).is_err());
        assert_eq!(bucket.early, 0, "nobody was told yet");
        bucket.announce(at(300), SECOND);
        assert!(bucket.take(at(350)).is_err());
        assert_eq!(bucket.early, 0, "on its way already");
        assert!(bucket.take(at(500)).is_err());
        assert_eq!(bucket.early, 1);
        assert!(bucket.take(SECOND * 3).is_ok());
        assert_eq!(bucket.early, 1);
    }

    #[test]
    fn a_mailbox_has_so_many_places() {
        let mailboxes = Mailboxes::default();
        let held = mailboxes.enter(1, 1);
        assert!(held.is_some());
        assert!(mailboxes.enter(1, 1).is_none());
        assert!(mailboxes.enter(2, 1).is_some());
        drop(held);
        assert!(mailboxes.enter(1, 1).is_some());
    }
}
