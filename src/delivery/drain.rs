//! The end of a run: what is in flight is let finish, within bounds.

use std::time::Duration;

use super::dispatcher::Dispatcher;
use super::run_end::StopReason;
use crate::ledger::LedgerError;

/// What is in flight when a run ends that is not a service's is waited for no longer than this, ...
const LAST_ANSWERS: Duration = Duration::from_secs(10);
/// ... or than this, when the time given is over.
const GRACE: Duration = Duration::from_secs(3);
/// A service has `service.drain`, which its supervisor keeps.
const SERVICE: Duration = Duration::from_secs(24 * 3600);

impl Dispatcher<'_> {
    /// Whatever ended the run: what is in flight is let finish for a while, so that its outcome is known.
    pub(super) async fn drain(&mut self) -> Result<(), LedgerError> {
        let grace = match self.done.stop {
            _ if self.state.is_some() => SERVICE,
            Some(StopReason::OutOfTime) => GRACE,
            _ => LAST_ANSWERS,
        };
        let over = tokio::time::sleep(grace);
        tokio::pin!(over);
        while self.scheduler.in_flight() > 0 {
            tokio::select! {
                came = self.work.join_next_with_id() => match came {
                    Some(came) => self.on_event(came)?,
                    None => break,
                },
                () = &mut over, if !over.is_elapsed() => { self.given_up.send_replace(Duration::MAX); }
            }
        }
        self.given_up.send_replace(Duration::ZERO);
        Ok(())
    }

    /// Whether the token that ended the run was refused for photos alone, of one account or of all, so that it may go on:
    /// Graph is asked. Of all, it is an outage, which a service waits for; a run ends.
    pub(super) async fn may_go_on(&mut self) -> bool {
        let refusals = &self.scheduler.token_refusals;
        let may = refusals.is_one() || self.state.is_some() && refusals.is_any();
        let by_graph = may && matches!(self.done.stop, Some(StopReason::SignIn(_)));
        let goes_on = by_graph && self.uploader.directory.tenant.graph.prove_token().await.is_ok();
        if goes_on {
            self.scheduler.token_refusals.is_proven();
            self.done.stop = None;
        }
        goes_on
    }
}
