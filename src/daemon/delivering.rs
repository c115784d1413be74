//! The loop that delivers: the engine's dispatcher, begun anew when the ledger could not be used for a while.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::board::{Board, Till};
use crate::engine::{Engine, HEARTBEAT, Standing};
use crate::ledger::{Ledger, LedgerError};

/// A ledger that was full or held by somebody is tried again after this long.
const LEDGER_REST: Duration = Duration::from_secs(10);

/// Whether the ledger may be as good as before in a while: the disk has space or answers again, or somebody else who
/// held it lets go.
pub(super) fn passes_by(error: &LedgerError) -> bool {
    error.is_passing() || matches!(error, LedgerError::Other(_))
}

/// Delivers until cancelled. Errors: the ledger can't be used any more.
pub(super) async fn deliver(
    engine: Engine,
    ledger: Ledger,
    standing: Arc<Standing>,
    board: Arc<Board>,
    cancelled: CancellationToken,
) -> Result<(), LedgerError> {
    let counted = Till::default();
    let tell = |progress| {
        board.delivering.turns(board.clock.elapsed());
        counted.count(&board, progress, engine.graph.counters());
    };
    loop {
        counted.next();
        board.delivering.turns(board.clock.elapsed());
        match engine.serve(&ledger, &standing, cancelled.clone(), &tell).await {
            Ok(()) => break,
            Err(error) if passes_by(&error) => {
                tracing::error!("Deliveries rest: {error}");
                board.trouble("ledger", &error.to_string());
            }
            Err(error) => return Err(error),
        }
        let rested = board.clock.elapsed() + LEDGER_REST;
        while board.clock.elapsed() < rested && !cancelled.is_cancelled() {
            board.delivering.turns(board.clock.elapsed());
            tokio::select! {
                () = tokio::time::sleep(HEARTBEAT) => {}
                () = cancelled.cancelled() => {}
            }
        }
    }
    board.delivering.rests();
    Ok(())
}
