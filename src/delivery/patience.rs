//! How long an answer is waited for: not for ever, and no longer than others have to wait.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::graph::{Class, Cure, Failure};

/// One upload's, with the questions before it.
pub(super) struct Patience {
    /// When the upload began.
    pub(super) begun: Duration,
    /// It is given up after this long ...
    pub(super) limit: Duration,
    /// ... or once uploads that began before this time are.
    pub(super) told: watch::Receiver<Duration>,
}

impl Patience {
    /// Comes when it has ended; says whether that was for what others were answered meanwhile.
    pub(super) async fn ends(&mut self, clock: &Clock) -> bool {
        let left = self.limit.saturating_sub(clock.elapsed().saturating_sub(self.begun));
        tokio::select! {
            told = self.told.wait_for(|before| self.begun < *before) => told.is_ok(),
            () = tokio::time::sleep(left) => false,
        }
    }
}

/// Nobody knows what became of it.
pub(super) fn no_answer(waited: Duration) -> Failure {
    Failure::local(
        Class::Transient,
        format!("Graph did not answer within {} s", waited.as_secs()),
        Cure::WaitThenAct("On a slow line lower upload.concurrency."),
    )
}
