//! Tells people when one is needed: by webhook, Microsoft Teams, Slack or mail, each until it is there, never in anybody's way.
//!
//! Counts, the machine and the tenant only: no name, no path, no picture, no secret. An address itself is often a secret, so it
//! is never logged.

mod alert;
mod channel;
mod chat;
mod courier;
mod document;
mod mail;
mod mail_settings;
mod message;
mod outbox;
mod refusal;
mod smtp;
mod smtp_line;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) use self::alert::{Alert, Tone as NewsTone};
use self::channel::Channel;
pub(crate) use self::channel::{ChannelSettings, is_loopback};
pub(crate) use self::courier::Untold;
use self::courier::{Courier, FIRST_WAIT, Post, say_left};
pub(crate) use self::mail_settings::{MailSettings, MailTls, Password};
pub(crate) use self::outbox::Outbox;
use crate::clock::Clock;
use crate::status::Instance;

/// Passes news on, by every way there is. Dropping it ends that; [`Notifier::close`] waits for what is not told yet.
#[derive(Debug)]
pub(crate) struct Notifier {
    ways: Vec<Way>,
    instance: Instance,
    page: Option<String>,
    clock: Clock,
    replaced: CancellationToken,
    closing: CancellationToken,
}

/// One way. Each has a queue of its own: none waits for another.
#[derive(Debug)]
struct Way {
    name: &'static str,
    /// Before anybody serves it.
    channel: Option<Channel>,
    post: Arc<Post>,
    courier: Option<JoinHandle<()>>,
}

impl Notifier {
    /// Opens every way; a fault is told with the key of its way. `page`: where the status page is.
    pub(crate) fn open(
        channels: Vec<ChannelSettings>,
        instance: &Instance,
        page: Option<&str>,
        clock: Clock,
    ) -> Result<Self, (&'static str, String)> {
        let mut ways = Vec::new();
        for settings in channels {
            let name = settings.name();
            let channel = Some(Channel::open(settings).map_err(|why| (name, why))?);
            ways.push(Way { name, channel, post: Arc::default(), courier: None });
        }
        let page = page.map(ToOwned::to_owned);
        let (replaced, closing) = <(CancellationToken, CancellationToken)>::default();
        Ok(Self { ways, instance: instance.clone(), page, clock, replaced, closing })
    }

    /// Begins to serve, with what was not told in an earlier life.
    pub(crate) fn start(mut self, mut waiting: BTreeMap<String, Outbox>) -> Self {
        for way in &mut self.ways {
            way.post = Arc::new(Post::of(waiting.remove(way.name).unwrap_or_default()));
        }
        self.serve()
    }

    /// Begins to serve in the place of another, with what waits there.
    pub(crate) fn replace(mut self, before: &Self) -> Self {
        before.replaced.cancel();
        for way in &mut self.ways {
            if let Some(old) = before.ways.iter().find(|old| old.name == way.name) {
                way.post = Arc::clone(&old.post);
                way.post.forget_trouble();
            }
        }
        self.serve()
    }

    fn serve(mut self) -> Self {
        for way in &mut self.ways {
            let Some(channel) = way.channel.take() else { continue };
            let courier = Courier {
                channel,
                instance: self.instance.clone(),
                page: self.page.clone(),
                clock: self.clock.clone(),
                first_wait: FIRST_WAIT,
                post: Arc::clone(&way.post),
                replaced: self.replaced.clone(),
                closing: self.closing.clone(),
            };
            way.courier = Some(tokio::spawn(courier.run()));
        }
        self
    }

    /// Passes it on, without waiting for anything.
    pub(crate) fn tell(&self, news: &Alert) {
        let at = self.clock.now();
        for way in &self.ways {
            way.post.add(way.name, (at, news.clone()));
        }
    }

    /// What is not told yet, and what was, by way.
    pub(crate) fn outboxes(&self) -> BTreeMap<String, Outbox> {
        self.ways.iter().map(|way| (way.name.to_owned(), way.post.outbox())).collect()
    }

    /// The ways by which nobody can be told just now.
    pub(crate) fn untold(&self) -> BTreeMap<&'static str, Untold> {
        let now = self.clock.now();
        self.ways.iter().filter_map(|way| Some((way.name, way.post.untold(way.name, now)?))).collect()
    }

    /// Waits until everything is told or given up, but no longer than this.
    pub(crate) async fn close(&mut self, patience: Duration) {
        self.closing.cancel();
        let couriers = self.ways.iter_mut().filter_map(|way| way.courier.take());
        let all = futures_util::future::join_all(couriers);
        _ = tokio::time::timeout(patience, all).await;
        self.replaced.cancel();
        self.ways.iter().for_each(|way| say_left(way.name, &way.post));
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.replaced.cancel();
    }
}
