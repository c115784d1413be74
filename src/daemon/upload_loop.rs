//! The loop that delivers: the pass's dispatcher, put to rest while the ledger can't be written.
//!
//! A photo that went out and was not written down goes out once more: so nothing is claimed before it is proved that
//! outcomes can be kept.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::status::{CounterDeltas, SharedStatus};
use crate::delivery::{HEARTBEAT, ServiceState};
use crate::ledger::{Ledger, LedgerError};
use crate::pass::Pass;

/// A ledger that was full, faulty or held by somebody is tried again after this long ...
const FIRST_REST: Duration = Duration::from_secs(5);
/// ... and if it fails again soon, ever later, up to this.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// A ledger that was good for so long is good.
const GOOD: Duration = Duration::from_secs(60);

/// Whether the ledger may be as good as before in a while.
pub(super) fn passes_by(error: &LedgerError) -> bool {
    error.is_passing() || matches!(error, LedgerError::Other(_))
}

/// Delivers until cancelled. Errors: the ledger can't be used any more.
pub(super) async fn deliver(
    pass: Pass,
    ledger: Ledger,
    service_state: Arc<ServiceState>,
    shared: Arc<SharedStatus>,
    cancelled: CancellationToken,
) -> Result<(), LedgerError> {
    let counted = CounterDeltas::default();
    let tell = |progress| {
        shared.delivering.beat(shared.clock.elapsed());
        counted.count(&shared, &progress, pass.uploader.directory.tenant.graph.counters());
    };
    let mut rest = FIRST_REST;
    while !cancelled.is_cancelled() {
        counted.next();
        shared.delivering.beat(shared.clock.elapsed());
        let began = shared.clock.elapsed();
        // A pass may be the first to find out that the ledger can't be written.
        let enough = cancelled.child_token();
        let serving = pass.uploader.serve(&ledger, &service_state, enough.clone(), &tell);
        let watching = async {
            failing(&ledger, &shared).await;
            enough.cancel();
            std::future::pending::<()>().await;
        };
        let outcome = tokio::select! {
            outcome = serving => outcome,
            () = watching => Ok(()),
        };
        match outcome {
            Err(error) if passes_by(&error) => shared.ledger(Some(&error)),
            outcome => outcome?,
        }
        rest = if shared.clock.elapsed().saturating_sub(began) > GOOD { FIRST_REST } else { rest };
        while shared.now().ledger.is_some() && !cancelled.is_cancelled() {
            pause(rest, &shared, &cancelled).await;
            rest = (rest * 2).min(LONGEST_REST);
            match ledger.check_writable().await {
                Ok(()) => {
                    shared.ledger(None);
                    // What could not be written down is looked at again.
                    service_state.rescan.notify_one();
                }
                Err(error) if passes_by(&error) => shared.ledger(Some(&error)),
                Err(error) => return Err(error),
            }
        }
    }
    shared.delivering.idle();
    Ok(())
}

/// Waits until something is wrong with the ledger; looks itself whether its files are still there.
async fn failing(ledger: &Ledger, shared: &SharedStatus) {
    let mut status = shared.read();
    loop {
        if let Err(error) = ledger.check_place() {
            shared.ledger(Some(&error));
        }
        if tokio::time::timeout(HEARTBEAT, status.wait_for(|now| now.ledger.is_some())).await.is_ok() {
            return;
        }
    }
}

/// Waits, and turns meanwhile.
async fn pause(span: Duration, shared: &SharedStatus, cancelled: &CancellationToken) {
    let rested = shared.clock.elapsed() + span;
    while shared.clock.elapsed() < rested && !cancelled.is_cancelled() {
        shared.delivering.beat(shared.clock.elapsed());
        tokio::select! {
            () = tokio::time::sleep(HEARTBEAT) => {}
            () = cancelled.cancelled() => {}
        }
    }
}
