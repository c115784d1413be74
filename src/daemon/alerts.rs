//! Tells people of the service's life, by whatever ways there are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::alert_state::AlertState;
use super::status::SharedStatus;
use crate::delivery::HEARTBEAT;
use crate::telemetry::Notifier;

/// At the end what was not told yet may take this long: less than the side rooms are given to close.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// Tells by whatever ways there are, until cancelled. Others, or none, come with a changed configuration.
pub(super) async fn run(shared: Arc<SharedStatus>, mut notifiers: mpsc::Receiver<Notifier>, cancelled: CancellationToken) {
    let mut notifier: Option<Notifier> = None;
    let mut told = AlertState::new(shared.clock.now());
    let mut reading = shared.read();
    while !cancelled.is_cancelled() {
        tokio::select! {
            biased;
            // What one that is replaced could not tell is told by the other.
            Some(another) = notifiers.recv() => notifier = Some(match &notifier {
                Some(before) => another.replace(before),
                None => another.start(BTreeMap::new()),
            }),
            () = cancelled.cancelled() => {}
            changed = reading.changed() => if changed.is_err() { break },
            () = tokio::time::sleep(HEARTBEAT) => {}
        }
        let snapshot = reading.borrow_and_update().clone();
        for news in told.hear(&snapshot, shared.clock.now()) {
            if let Some(notifier) = &notifier {
                notifier.tell(&news);
            }
        }
        shared.untold(&notifier.as_ref().map(Notifier::untold).unwrap_or_default());
    }
    if let Some(mut notifier) = notifier {
        notifier.close(LAST_WORDS).await;
    }
}
