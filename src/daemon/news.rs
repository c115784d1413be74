//! Tells the webhook what a person should know, once for each event: it compares how the service stood with how it stands.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::board::Board;
use crate::clock::Clock;
use crate::config::Config;
use crate::engine::Standing;
use crate::model::{TargetKind, Timestamp};
use crate::telemetry::{News, Notifier, Snapshot, Totals, Trouble};

/// Between two digests.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the end may wait for a webhook.
const LAST_WORD: Duration = Duration::from_secs(3);

/// Passes news on until it is closed.
pub(super) struct Crier {
    cancelled: CancellationToken,
    task: JoinHandle<()>,
}

/// The webhook of a configuration, if there is one. Errors: it can't be used, in words that don't hold its address.
pub(super) fn notifier(config: &Config, clock: &Clock) -> Result<Option<Notifier>, String> {
    let started = config.notify.webhook.clone().map(|url| Notifier::start(url, clock.clone())).transpose();
    started.map_err(|why| format!("notify.webhook: {why}"))
}

impl Crier {
    /// Begins; what is so already is no news if `known`.
    pub(super) fn begin(notifier: Notifier, board: &Arc<Board>, standing: &Arc<Standing>, known: bool) -> Self {
        let cancelled = CancellationToken::new();
        let until = cancelled.clone();
        let (mut snapshots, mut kinds, clock) = (board.read(), standing.forbidden.subscribe(), board.clock.clone());
        let mut told = Told::default();
        if known {
            told.news(&snapshots.borrow(), &kinds.borrow(), clock.now());
        }
        let task = tokio::spawn(async move {
            let mut digest = Told::digest(&snapshots.borrow());
            let mut tick = tokio::time::interval(DAY);
            // Without the one at once.
            tick.reset();
            loop {
                let now = snapshots.borrow_and_update().clone();
                let forbidden = kinds.borrow_and_update().clone();
                told.news(&now, &forbidden, clock.now()).into_iter().for_each(|news| notifier.tell(news));
                tokio::select! {
                    changed = snapshots.changed() => if changed.is_err() { break },
                    changed = kinds.changed() => if changed.is_err() { break },
                    _ = tick.tick() => {
                        let now = snapshots.borrow().clone();
                        notifier.tell(digest(&now));
                        digest = Told::digest(&now);
                    }
                    () = until.cancelled() => break,
                }
            }
            notifier.close(LAST_WORD).await;
        });
        Self { cancelled, task }
    }

    /// Lets what waits be told, but not for long.
    pub(super) async fn close(self) {
        self.cancelled.cancel();
        _ = self.task.await;
    }
}

/// What was told last.
#[derive(Debug, Default)]
struct Told {
    halted: Option<String>,
    sign_in: bool,
    unreachable: Option<Timestamp>,
    forbidden: Vec<TargetKind>,
}

impl Told {
    /// What is new; from then on it is known.
    fn news(&mut self, now: &Snapshot, forbidden: &[TargetKind], at: Timestamp) -> Vec<News> {
        let mut news = Vec::new();
        let pass = now.last_pass.as_ref().map_or(0, |last| last.pass);
        let halted = now.halted.as_ref().map(|Trouble { reason, .. }| reason.clone());
        if self.halted != halted {
            news.push(match (&self.halted, &halted) {
                (_, Some(guard)) => News::Halted { pass, guard: guard.clone() },
                (guard, None) => News::HaltEnded { pass, guard: guard.clone().unwrap_or_default() },
            });
            self.halted = halted;
        }
        if now.sign_in.is_some() && !self.sign_in {
            news.push(News::SignIn { pass });
        }
        self.sign_in = now.sign_in.is_some();
        match (self.unreachable, now.unreachable_since) {
            (None, Some(_)) => news.push(News::OutageBegan),
            (Some(since), None) => news.push(News::OutageEnded { lasted_s: at.since(since).as_secs() }),
            _ => {}
        }
        self.unreachable = now.unreachable_since;
        if forbidden.iter().any(|kind| !self.forbidden.contains(kind)) {
            news.push(News::KindForbidden { pass, blocked: now.targets.blocked });
        }
        self.forbidden = forbidden.to_vec();
        news
    }

    /// How a day is summed up, as from now.
    fn digest(from: &Snapshot) -> impl Fn(&Snapshot) -> News + Send + use<> {
        let Totals { delivered, removed, .. } = from.totals;
        move |now| News::Digest {
            targets: now.targets,
            delivered: now.totals.delivered.saturating_sub(delivered),
            removed: now.totals.removed.saturating_sub(removed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(reason: &str) -> Trouble {
        Trouble { reason: reason.to_owned(), message: String::new(), since: Timestamp::default() }
    }

    #[test]
    fn each_event_is_told_once_and_so_is_its_end() {
        let (mut told, mut now) = (Told::default(), Snapshot::default());
        let at = Timestamp::from_millis(90_000);
        assert!(told.news(&now, &[], at).is_empty());
        (now.halted, now.sign_in) = (Some(trouble("removals")), Some(trouble("sign_in")));
        now.unreachable_since = Some(Timestamp::from_millis(30_000));
        let began = told.news(&now, &[TargetKind::User], at);
        assert_eq!(began.len(), 4, "{began:?}");
        assert!(told.news(&now, &[TargetKind::User], at).is_empty(), "the next pass is no news");
        now = Snapshot::default();
        let ended = told.news(&now, &[], at);
        let halt_ended = News::HaltEnded { pass: 0, guard: "removals".to_owned() };
        assert_eq!(ended, [halt_ended, News::OutageEnded { lasted_s: 60 }]);
        let digest = Told::digest(&now);
        now.totals.delivered = 7;
        assert!(matches!(digest(&now), News::Digest { delivered: 7, removed: 0, .. }));
    }
}
