//! Brings what waits to one receiver, one after the other, until it is there: an outage of the receiver costs time, no news.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::alert::Alert;
use super::channel::Channel;
use super::outbox::{News, Outbox};
use super::refusal::Refusal;
use crate::clock::Clock;
use crate::model::Timestamp;
use crate::status::Instance;

/// The wait after the first try, and the longest; it doubles.
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// A receiver that is away for less is nobody's business: servers restart, and mail servers put strangers off.
const ORDINARY: Duration = Duration::from_secs(2 * 60);

/// What waits for one receiver, and how it goes with it.
#[derive(Debug, Default)]
pub(super) struct Post {
    outbox: Mutex<Outbox>,
    trouble: Mutex<Option<Trouble>>,
    more: Notify,
    /// Held by whoever brings it: one at a time.
    turn: tokio::sync::Mutex<()>,
}

/// A receiver could not be told.
#[derive(Clone, Debug)]
struct Trouble {
    since: Timestamp,
    /// Which event could not be told.
    event: &'static str,
    refusal: Refusal,
}

/// A receiver that cannot be told, as people should know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Untold {
    /// Since when.
    pub since: Timestamp,
    /// What, why, and what to do.
    pub message: String,
}

impl Post {
    pub(super) fn of(outbox: Outbox) -> Self {
        Self { outbox: Mutex::new(outbox), ..Self::default() }
    }

    pub(super) fn add(&self, name: &str, news: News) {
        if let Some(dropped) = locked(&self.outbox).add(news) {
            tracing::warn!("Too much waits to be told by notify.{name}; `{}` is never told", dropped.event());
        }
        self.more.notify_one();
    }

    pub(super) fn outbox(&self) -> Outbox {
        locked(&self.outbox).clone()
    }

    /// What was wrong with the receiver says nothing of the one that takes its place.
    pub(super) fn forget_trouble(&self) {
        *locked(&self.trouble) = None;
    }

    /// What a person should know of it, if anything.
    pub(super) fn untold(&self, name: &str, now: Timestamp) -> Option<Untold> {
        let Trouble { since, event, refusal } = locked(&self.trouble).clone()?;
        let Refusal { why, cure, for_good, .. } = refusal;
        (for_good || now.since(since) >= ORDINARY)
            .then(|| Untold { since, message: format!("notify.{name} could not tell `{event}`: {why}; what to do: {cure}") })
    }

    /// What still waits, each by its event.
    fn left(&self) -> Vec<&'static str> {
        locked(&self.outbox).all().iter().map(|(_, news)| news.event()).collect()
    }

    fn next(&self, name: &str, now: Timestamp) -> Option<News> {
        let (next, late) = locked(&self.outbox).next(now);
        for news in late {
            tracing::warn!("notify.{name} could not tell `{}` within a day; it is never told", news.event());
        }
        next
    }

    /// It was told; perhaps not to all.
    fn told(&self, name: &str, news: &Alert, but: Option<Refusal>, now: Timestamp) {
        locked(&self.outbox).done();
        let before = locked(&self.trouble).take();
        match but {
            Some(refusal) => self.trouble(name, news, refusal, before, now),
            None if before.is_some() => tracing::info!("notify.{name} could be told of `{}`", news.event()),
            None => {}
        }
    }

    fn not_told(&self, name: &str, news: &Alert, refusal: Refusal, now: Timestamp) {
        locked(&self.outbox).not_told(refusal.partly);
        let before = locked(&self.trouble).take();
        self.trouble(name, news, refusal, before, now);
    }

    /// Keeps it, and logs it where it is another than before.
    fn trouble(&self, name: &str, news: &Alert, refusal: Refusal, before: Option<Trouble>, now: Timestamp) {
        let event = news.event();
        if before.as_ref().is_none_or(|before| before.refusal.why != refusal.why) {
            let Refusal { why, cure, .. } = &refusal;
            tracing::warn!("notify.{name} could not tell `{event}`: {why}; what to do: {cure}");
        }
        let since = before.map_or(now, |before| before.since);
        *locked(&self.trouble) = Some(Trouble { since, event, refusal });
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Brings what waits, by one channel.
pub(super) struct Courier {
    pub(super) channel: Channel,
    pub(super) instance: Instance,
    pub(super) page: Option<String>,
    pub(super) clock: Clock,
    /// The wait after the first try.
    pub(super) first_wait: Duration,
    pub(super) post: Arc<Post>,
    /// Another takes its place: it ends, and what waits stays.
    pub(super) replaced: CancellationToken,
    /// Nothing more comes.
    pub(super) closing: CancellationToken,
}

impl Courier {
    /// Until it is replaced, or nothing more comes and everything is told, or refused for good.
    pub(super) async fn run(self) {
        let turn = self.post.turn.lock().await;
        let mut wait = self.first_wait;
        while !self.replaced.is_cancelled() {
            let Some((at, news)) = self.post.next(self.channel.name, self.clock.now()) else {
                tokio::select! {
                    () = self.post.more.notified() => continue,
                    () = self.replaced.cancelled() => break,
                    () = self.closing.cancelled() => break,
                }
            };
            match self.bring(at, &news).await {
                None => wait = self.first_wait,
                Some(refusal) if refusal.for_good && self.closing.is_cancelled() => break,
                Some(refusal) => {
                    let next = if refusal.for_good { LONGEST_WAIT } else { wait };
                    wait = (wait * 2).min(LONGEST_WAIT);
                    self.rest(next.max(refusal.after.unwrap_or_default()), refusal.for_good).await;
                }
            }
        }
        drop(turn);
    }

    async fn bring(&self, at: Timestamp, news: &Alert) -> Option<Refusal> {
        let name = self.channel.name;
        // What came until now is no reason to try this again.
        _ = self.post.more.notified().now_or_never();
        match self.channel.tell(news, &self.instance, self.page.as_deref(), at, self.clock.now()).await {
            Ok(but) => {
                self.post.told(name, news, but, self.clock.now());
                None
            }
            Err(refusal) => {
                self.post.not_told(name, news, refusal.clone(), self.clock.now());
                Some(refusal)
            }
        }
    }

    /// Until the next try: who refuses for good is asked with the next news, and not waited for at the end.
    async fn rest(&self, wait: Duration, for_good: bool) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.replaced.cancelled() => {}
            () = self.post.more.notified(), if for_good => {}
            () = self.closing.cancelled(), if for_good => {}
        }
    }
}

/// Says what nobody could be told by the end.
pub(super) fn say_left(name: &str, post: &Post) {
    let left = post.left();
    if !left.is_empty() {
        tracing::warn!("notify.{name} did not tell `{}`: it could not in time", left.join("`, `"));
    }
}

#[cfg(test)]
#[path = "courier_tests.rs"]
mod tests;
