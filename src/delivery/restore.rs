//! Puts backups back: one target's, or all that a pass overwrote. They go the way of any photo: pace, waits, outcomes.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;

use super::progress::Progress;
use super::run_end::{DispatchSummary, StopReason, Until};
use super::uploader::Uploader;
use crate::ledger::{HeldRow, Ledger, LedgerError, Reader};
use crate::model::{PassCause, Reason, Stopped, TargetId};
use crate::status::{HeldItem, short};

/// What restoring did. Field names are a contract: fields may be added, these stay.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct RestoreSummary {
    /// Number of the pass in the journal.
    pub pass: i64,
    /// Targets that a backup was to go back to.
    pub wanted: usize,
    /// Targets that hold again what they held.
    pub restored: u64,
    /// Targets that had no photo before ours, and now have one of somebody else's, which stays.
    pub not_ours: usize,
    /// Targets without a backup: there was none to make, or it was not asked for.
    pub without_backup: usize,
    /// Targets whose backup is tried again at a known time, or when the next pass comes.
    pub waiting: usize,
    /// Targets whose backup can't go back.
    pub blocked: usize,
    /// Requests sent to Graph, sign-in not counted; none where a service sent them, among its others.
    pub requests: Option<u64>,
    /// Milliseconds it took.
    pub elapsed_ms: u64,
    /// Why it ended early, as in the summary of a pass.
    pub stopped: Option<Stopped>,
    /// Graph refused something for want of a permission.
    #[serde(skip)]
    pub forbidden: bool,
    /// What stands in the way.
    #[serde(serialize_with = "short::serialize")]
    pub problems: Vec<HeldItem>,
}

impl Uploader {
    /// Puts these backups back, and keeps them there until the file of their target changes.
    pub(crate) async fn restore(
        &self,
        ledger: &Ledger,
        cause: PassCause,
        which: Vec<(TargetId, i64)>,
        until: &Until,
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<RestoreSummary, LedgerError> {
        let (began, before) = (self.clock.elapsed(), self.directory.tenant.graph.counters());
        let pass = ledger.begin_pass(cause, self.clock.now(), self.clock.steady()).await?;
        let mut summary = RestoreSummary { pass, wanted: which.len(), ..RestoreSummary::default() };
        let targets: Arc<HashSet<TargetId>> = Arc::new(which.iter().map(|(target, _)| target.clone()).collect());
        ledger.restore(which, self.clock.now()).await?;
        let DispatchSummary { delivered, removed, forbidden, stop, .. } =
            self.dispatch(ledger, pass, Some(Arc::clone(&targets)), until, tell).await?;
        (summary.restored, summary.forbidden) = (delivered + removed, forbidden);
        summary.stopped = stop.as_ref().map(StopReason::stopped);
        summary.problems.extend(stop.as_ref().and_then(StopReason::problem));
        let stuck: Vec<HeldRow> = ledger.read(Reader::held).await?;
        let ours = stuck.into_iter().filter(|row| row.target.as_ref().is_some_and(|target| targets.contains(target)));
        for row in ours.filter(|row| row.problem.reason != Reason::Restored) {
            summary.blocked += usize::from(row.until.is_none());
            summary.problems.push(HeldItem::from(row));
        }
        summary.waiting = ledger.read(Reader::restoring).await?.intersection(&targets).count();
        let ended = usize::try_from(summary.restored).unwrap_or(usize::MAX).saturating_add(summary.blocked + summary.waiting);
        summary.not_ours = summary.wanted.saturating_sub(ended);
        summary.requests = Some(self.directory.tenant.graph.counters().requests - before.requests);
        summary.elapsed_ms = u64::try_from(self.clock.elapsed().saturating_sub(began).as_millis()).unwrap_or(u64::MAX);
        let kept = serde_json::to_string(&RestoreSummary { problems: Vec::new(), ..summary.clone() }).unwrap_or_default();
        ledger.end_pass(pass, kept, self.clock.now()).await?;
        Ok(summary)
    }
}
