//! Tells people of the service's life, by whatever ways there are. What was told, and what waits, is kept over restarts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::alert_state::{AlertState, Told};
use super::status::SharedStatus;
use super::status_file::count;
use crate::delivery::HEARTBEAT;
use crate::ledger::{Ledger, Reader};
use crate::telemetry::{Alert, Notifier, Outbox};

/// At the end what was not told yet may take this long: less than the side rooms are given to close.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// So long after the first refusal it is counted what a missing permission holds.
const COUNTED: Duration = Duration::from_secs(3);

/// What was told, and what waits, by way.
type Kept = (Told, BTreeMap<String, Outbox>);

/// Tells by whatever ways there are, until cancelled. Others, or none, come with a changed configuration.
pub(super) async fn run(
    shared: Arc<SharedStatus>,
    ledger: Ledger,
    mut notifiers: mpsc::Receiver<Notifier>,
    cancelled: CancellationToken,
) {
    let mut notifier: Option<Notifier> = None;
    let kept = ledger.read(Reader::notices).await.ok().flatten();
    let recalled: Option<Kept> = kept.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let (told, mut waiting) = recalled.map_or((None, BTreeMap::new()), |(told, waiting)| (Some(told), waiting));
    let (mut told, mut kept) = (AlertState::new(told, shared.clock.now()), kept.unwrap_or_default());
    let mut reading = shared.read();
    while !cancelled.is_cancelled() {
        tokio::select! {
            biased;
            // What one that is replaced could not tell is told by the other.
            Some(another) = notifiers.recv() => notifier = Some(match &notifier {
                Some(before) => another.replace(before),
                None => another.start(std::mem::take(&mut waiting)),
            }),
            () = cancelled.cancelled() => {}
            changed = reading.changed() => if changed.is_err() { break },
            () = tokio::time::sleep(HEARTBEAT) => {}
        }
        let snapshot = reading.borrow_and_update().clone();
        for mut news in told.hear(&snapshot, shared.clock.now()) {
            if let Alert::KindForbidden { blocked, .. } = &mut news {
                // The first refusal is told before the others have come, and before anybody has counted them.
                _ = tokio::time::timeout(COUNTED, cancelled.cancelled()).await;
                count(&shared, &ledger).await;
                *blocked = shared.now().targets.blocked;
            }
            if let Some(notifier) = &notifier {
                notifier.tell(&news);
            }
        }
        shared.untold(&notifier.as_ref().map(Notifier::untold).unwrap_or_default());
        keep(&ledger, &told, notifier.as_ref(), &mut kept).await;
    }
    if let Some(mut notifier) = notifier {
        notifier.close(LAST_WORDS).await;
        keep(&ledger, &told, Some(&notifier), &mut kept).await;
    }
}

/// Keeps it where it is not what is kept already. A ledger that can't be written is told of by those who need it.
async fn keep(ledger: &Ledger, told: &AlertState, notifier: Option<&Notifier>, kept: &mut String) {
    let waiting = notifier.map(Notifier::outboxes).unwrap_or_default();
    let now = serde_json::to_string(&(told.told(), waiting)).unwrap_or_default();
    if now != *kept && ledger.keep_notices(now.clone()).await.is_ok() {
        *kept = now;
    }
}
