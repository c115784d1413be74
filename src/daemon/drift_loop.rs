//! The loop that compares what was delivered with what the tenant shows, in its own time: neither passes nor uploads wait
//! for it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::status::SharedStatus;
use super::upload_loop::passes_by;
use crate::delivery::{ServiceState, Until};
use crate::ledger::{Ledger, LedgerError};
use crate::model::spelled;
use crate::pass::Pass;
use crate::status::{HeldItem, Phase};

/// How often it looks whether something is to be compared.
const LOOK: Duration = Duration::from_secs(15);

/// Compares until cancelled, every `drift.check_every`. Errors: the ledger can't be used any more.
pub(super) async fn compare(
    pass: Pass,
    ledger: Ledger,
    service_state: Arc<ServiceState>,
    shared: Arc<SharedStatus>,
    cancelled: CancellationToken,
) -> Result<(), LedgerError> {
    let every = pass.uploader.drift.check_every;
    let rest = every.map_or(LOOK, |every| every.min(LOOK));
    let until =
        Until { patience: Duration::MAX, waits_out_pauses: true, max_duration: None, limit: None, cancelled: cancelled.clone() };
    let mut said: Option<HeldItem> = None;
    while !cancelled.is_cancelled() {
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = cancelled.cancelled() => break,
        }
        let now = shared.now();
        let well = now.phase == Phase::Running && now.halted.is_none() && now.sign_in.is_none();
        if every.is_none() || !well || now.unreachable_since.is_some() {
            continue;
        }
        match pass.uploader.compare_beside(&ledger, &service_state, &until).await {
            Ok(None) => {}
            Ok(Some(found)) => {
                shared.recount();
                let why = found.problems.first().cloned();
                if let Some(row) = why.as_ref().filter(|_| why != said) {
                    tracing::warn!(
                        reason = row.reason.as_str(),
                        "Comparing with the tenant had to stop: {}; what to do: {}",
                        row.detail,
                        spelled(&row.cure)
                    );
                }
                said = why;
                tracing::info!(
                    checked = found.checked,
                    changed = found.changed,
                    gone = found.gone,
                    made_due = found.made_due,
                    "{} delivered photos compared with the tenant: {} changed, {} gone",
                    found.checked,
                    found.changed,
                    found.gone
                );
            }
            // Who delivers says what is wrong with the ledger.
            Err(error) if passes_by(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
