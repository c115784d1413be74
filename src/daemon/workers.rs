//! One configuration at work: a watcher, a loop that looks and a loop that delivers, begun and ended together.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::DaemonError;
use super::drift_loop::compare;
use super::hr_report::ScheduledReport;
use super::report_loop::write_reports;
use super::scan_loop::{ScanLoop, ScanLoopSettings};
use super::status::SharedStatus;
use super::upload_loop::deliver;
use crate::delivery::ServiceState;
use crate::ledger::{Ledger, LedgerError};
use crate::model::Advice;
use crate::pass::Pass;

/// A configuration at work.
pub(super) struct Workers {
    cancelled: CancellationToken,
    loops: JoinSet<Result<(), LedgerError>>,
    shared: Arc<SharedStatus>,
}

impl Workers {
    /// Begins: watches, looks at everything once, and from then on delivers what is due.
    pub(super) fn start(
        pass: Pass,
        settings: ScanLoopSettings,
        report: Option<Arc<ScheduledReport>>,
        ledger: &Ledger,
        service_state: &Arc<ServiceState>,
        shared: &Arc<SharedStatus>,
    ) -> Self {
        let cancelled = CancellationToken::new();
        // What was due under other settings, or before somebody corrected the table, may go to the wrong person now.
        service_state.set_planned(false);
        let mut loops = JoinSet::new();
        let scan_loop = ScanLoop::new(pass.clone(), settings, ledger.clone(), Arc::clone(service_state), Arc::clone(shared));
        loops.spawn(scan_loop.run(cancelled.clone()));
        loops.spawn(compare(pass.clone(), ledger.clone(), Arc::clone(service_state), Arc::clone(shared), cancelled.clone()));
        loops.spawn(write_reports(report, pass.clone(), Arc::clone(shared), cancelled.clone()));
        loops.spawn(deliver(pass, ledger.clone(), Arc::clone(service_state), Arc::clone(shared), cancelled.clone()));
        Self { cancelled, loops, shared: Arc::clone(shared) }
    }

    /// Comes only if one of the loops ends by itself, which is a fault.
    pub(super) async fn failure(&mut self) -> DaemonError {
        match self.loops.join_next().await {
            Some(Ok(Err(error))) => error.into(),
            Some(Err(error)) => DaemonError::Fault(error.to_string()),
            Some(Ok(Ok(()))) | None => DaemonError::Fault("a loop ended".to_owned()),
        }
    }

    /// Begins nothing new and lets what is in flight finish, for as long as `drain`, or until `hurry` comes.
    pub(super) async fn stop(mut self, drain: Duration, hurry: impl Future<Output = ()>) {
        self.cancelled.cancel();
        let ended = async {
            while let Some(ended) = self.loops.join_next().await {
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::error!("The ledger could not be written at the end: {}", error.advice()),
                    Err(error) => tracing::error!("A part of the service ended unexpectedly: {error}"),
                }
            }
        };
        tokio::select! {
            () = ended => {}
            () = tokio::time::sleep(drain) => {
                tracing::warn!("Uploads did not finish within {} s (service.drain); they are sent again later", drain.as_secs());
            }
            () = hurry => tracing::warn!("Asked again to stop; uploads under way are dropped and sent again later"),
        }
        self.loops.shutdown().await;
        self.shared.looking.idle();
        self.shared.delivering.idle();
    }
}
