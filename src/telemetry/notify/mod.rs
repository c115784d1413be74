//! Tells people when one is needed: by webhook, Microsoft Teams, Slack or mail, each tried a few times, never in anybody's way.
//!
//! Counts, the machine and the tenant only: no name, no path, no picture, no secret. An address itself is often a secret, so it
//! is never logged.

mod alert;
mod channel;
mod chat;
mod document;
mod mail;
mod message;
mod smtp;
mod smtp_line;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(crate) use self::alert::Alert;
use self::channel::Channel;
pub(crate) use self::channel::{ChannelSettings, is_loopback};
pub(crate) use self::mail::{MailSettings, MailTls};
use crate::clock::Clock;
use crate::model::Timestamp;
use crate::status::Instance;

/// News that wait to be told at most, by each way; further ones are dropped, and that is logged.
const WAITING: usize = 64;
/// Tries for one piece of news, and the wait after the first; it doubles.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);

type News = (Timestamp, Alert);

/// Passes news on, by every way there is. Dropping it lets what waits be lost; [`Notifier::close`] does not.
#[derive(Debug)]
pub(crate) struct Notifier {
    news: Vec<(&'static str, mpsc::Sender<News>)>,
    clock: Clock,
    workers: Vec<JoinHandle<()>>,
}

impl Notifier {
    /// Starts to serve. `page`: where the status page is. Each way has a queue of its own: none waits for another. A fault is
    /// told with the key of its way.
    pub(crate) fn start(
        channels: Vec<ChannelSettings>,
        instance: &Instance,
        page: Option<&str>,
        clock: Clock,
    ) -> Result<Self, (&'static str, String)> {
        let (mut news, mut workers) = (Vec::new(), Vec::new());
        for settings in channels {
            let name = settings.name();
            let channel = Channel::open(settings).map_err(|why| (name, why))?;
            let (sender, waiting) = mpsc::channel(WAITING);
            news.push((name, sender));
            workers.push(tokio::spawn(serve(channel, instance.clone(), page.map(ToOwned::to_owned), waiting)));
        }
        Ok(Self { news, clock, workers })
    }

    /// Passes it on, without waiting for anything.
    pub(crate) fn tell(&self, news: &Alert) {
        let at = self.clock.now();
        for (name, sender) in &self.news {
            if sender.try_send((at, news.clone())).is_err() {
                tracing::warn!("The queue of notify.{name} is full; dropped an alert");
            }
        }
    }

    /// Waits until everything is told or given up, but no longer than this.
    pub(crate) async fn close(mut self, patience: Duration) {
        self.news.clear();
        let all = futures_util::future::join_all(self.workers);
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("Not everybody could be told in time (notify)");
        }
    }
}

async fn serve(channel: Channel, instance: Instance, page: Option<String>, mut waiting: mpsc::Receiver<News>) {
    while let Some((at, news)) = waiting.recv().await {
        let mut wait = FIRST_WAIT;
        for tries in 1..=TRIES {
            let Err((again, why)) = channel.tell(&news, &instance, page.as_deref(), at).await else { break };
            if !again || tries == TRIES {
                tracing::warn!(tries, "An alert could not be delivered (notify.{}): {why}", channel.name);
                break;
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }
}
