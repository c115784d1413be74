//! One configuration at work: a watcher, a loop that looks and a loop that delivers, begun and ended together.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::DaemonError;
use super::comparing::compare;
use super::delivering::deliver;
use super::looking::{Looking, LookingSettings};
use super::status::SharedStatus;
use crate::delivery::ServiceState;
use crate::ledger::{Ledger, LedgerError};
use crate::model::Advice;
use crate::pass::Pass;

/// A configuration at work.
pub(super) struct Shift {
    cancelled: CancellationToken,
    loops: JoinSet<Result<(), LedgerError>>,
    board: Arc<SharedStatus>,
}

impl Shift {
    /// Begins: watches, looks at everything once, delivers what is due.
    pub(super) fn begin(
        pass: Pass,
        settings: LookingSettings,
        ledger: &Ledger,
        standing: &Arc<ServiceState>,
        board: &Arc<SharedStatus>,
    ) -> Self {
        let cancelled = CancellationToken::new();
        let mut loops = JoinSet::new();
        let looking = Looking::new(pass.clone(), settings, ledger.clone(), Arc::clone(standing), Arc::clone(board));
        loops.spawn(looking.turn(cancelled.clone()));
        loops.spawn(compare(pass.clone(), ledger.clone(), Arc::clone(standing), Arc::clone(board), cancelled.clone()));
        loops.spawn(deliver(pass, ledger.clone(), Arc::clone(standing), Arc::clone(board), cancelled.clone()));
        Self { cancelled, loops, board: Arc::clone(board) }
    }

    /// Comes only if one of the loops ends by itself, which is a fault.
    pub(super) async fn fault(&mut self) -> DaemonError {
        match self.loops.join_next().await {
            Some(Ok(Err(error))) => error.into(),
            Some(Err(error)) => DaemonError::Fault(error.to_string()),
            Some(Ok(Ok(()))) | None => DaemonError::Fault("a loop ended".to_owned()),
        }
    }

    /// Begins nothing new and lets what is in flight finish, for as long as `drain`, or until `hurry` comes.
    pub(super) async fn end(mut self, drain: Duration, hurry: impl Future<Output = ()>) {
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
        self.board.looking.rests();
        self.board.delivering.rests();
    }
}
