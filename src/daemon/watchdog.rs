//! The watchdog: systemd is told that all is well for as long as the loops turn, and that a long start is under way.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::status::SharedStatus;
use crate::delivery::HEARTBEAT;
use crate::status::Phase;

/// How much longer the start may take, from each time it is said.
const LONGER: Duration = Duration::from_secs(60);
/// How often it is said.
const SAY_LONGER: Duration = Duration::from_secs(15);

/// Tells the supervisor that all is well while it is, and that the start is under way.
pub(super) async fn run(shared: Arc<SharedStatus>, cancelled: CancellationToken) {
    let watchdog = shared.supervisor.watchdog;
    let every = watchdog.map_or(SAY_LONGER, |limit| limit / 2).min(SAY_LONGER);
    // Loops turn every second at least, and may wait for a slow disk.
    let patience = watchdog.map_or(every, |limit| limit / 2).max(HEARTBEAT * 3);
    let mut said_at = None;
    while !cancelled.is_cancelled() {
        if watchdog.is_some() {
            if shared.is_well(patience) {
                shared.supervisor.alive();
            } else {
                tracing::error!("A worker loop is stalled; withholding the watchdog keep-alive");
            }
        }
        let now = shared.clock.elapsed();
        let is_time = said_at.is_none_or(|at| now.saturating_sub(at) >= SAY_LONGER);
        if is_time && shared.now().phase == Phase::Starting {
            shared.supervisor.takes_longer(LONGER);
            said_at = Some(now);
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = cancelled.cancelled() => {}
        }
    }
}
