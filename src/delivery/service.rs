//! Delivers for as long as the service lives, beside the passes that say what is wanted.
//!
//! A sign-in that fails does not end it: it is tried again, ever more slowly, and said.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::progress::Progress;
use super::run_end::{StopReason, Until};
use super::service_state::{HEARTBEAT, ServiceState};
use super::uploader::Uploader;
use crate::ledger::{Ledger, LedgerError, Reader};

/// A failed sign-in is tried again after this long ...
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// ... and then ever later: up to this while it may be an outage, ...
const LONGEST_WAIT_AT_FIRST: Duration = Duration::from_secs(20);
/// ... for so long, ...
const AT_FIRST: Duration = Duration::from_secs(10 * 60);
/// ... and up to this from then on: a credential that was renewed is soon seen.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

impl Uploader {
    /// Proves the credential; says so if it is refused, or if nobody can be asked. After a failure Graph has to accept the
    /// token, too.
    pub(crate) async fn check_sign_in(&self, state: &ServiceState) -> bool {
        let graph = &self.directory.tenant.graph;
        let failed = state.sign_in.borrow().is_some();
        let outcome = match graph.sign_in().await {
            Ok(()) if failed => graph.prove_token().await,
            outcome => outcome,
        };
        let works = outcome.is_ok();
        state.set_sign_in_problem(outcome.err().map(|failure| failure.problem()));
        works
    }

    /// Delivers what is due, whenever something is, until cancelled; then what is in flight is let finish. `tell` is
    /// called at least every [`HEARTBEAT`] while it turns. Errors: the ledger can't be used.
    pub(crate) async fn serve(
        &self,
        ledger: &Ledger,
        state: &ServiceState,
        cancelled: CancellationToken,
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), LedgerError> {
        // A halt outlives the service that was told of it.
        let halt = ledger.read(Reader::halt).await?;
        state.set_halted(halt.is_some_and(|halt| halt["holds"] != "removals"));
        let until = Until { patience: Duration::MAX, waits_out_pauses: true, max_duration: None, limit: None, cancelled };
        let mut dispatcher = self.dispatcher(ledger, state.pass(), None, &until, Some(state)).await?;
        let mut wait = FIRST_WAIT;
        let mut delivered = 0;
        let mut failing_since = None;
        loop {
            let outcome = dispatcher.run(tell).await;
            dispatcher.drain().await?;
            tell(dispatcher.progress());
            outcome?;
            if dispatcher.may_go_on().await {
                continue;
            }
            if dispatcher.done.delivered > delivered {
                (wait, delivered, failing_since) = (FIRST_WAIT, dispatcher.done.delivered, None);
            }
            let failing_since = *failing_since.get_or_insert(self.clock.elapsed());
            // It ends for these two reasons only.
            let Some(StopReason::SignIn(problem)) = dispatcher.done.stop.take() else { return Ok(()) };
            state.set_sign_in_problem(Some(problem));
            dispatcher.scheduler.proves_sign_in = true;
            let beat = || tell(dispatcher.progress());
            loop {
                if !rest(wait, &until.cancelled, &beat).await {
                    return Ok(());
                }
                let at_first = self.clock.elapsed().saturating_sub(failing_since) < AT_FIRST;
                wait = (wait * 2).min(if at_first { LONGEST_WAIT_AT_FIRST } else { LONGEST_WAIT });
                let checked = tokio::select! {
                    works = self.check_sign_in(state) => works,
                    () = beating(&beat) => false,
                    () = until.cancelled.cancelled() => return Ok(()),
                };
                if checked {
                    dispatcher.scheduler.token_refusals.is_proven();
                    break;
                }
            }
        }
    }
}

/// Waits; false if it was cancelled meanwhile.
async fn rest(span: Duration, cancelled: &CancellationToken, beat: &(dyn Fn() + Sync)) -> bool {
    tokio::select! {
        () = tokio::time::sleep(span) => true,
        () = beating(beat) => false,
        () = cancelled.cancelled() => false,
    }
}

/// Shows that the dispatcher lives while it waits for something else; never ends.
async fn beating(beat: &(dyn Fn() + Sync)) {
    loop {
        beat();
        tokio::time::sleep(HEARTBEAT).await;
    }
}
