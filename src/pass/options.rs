//! How a pass is to go.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::part::Part;
use super::select::Selection;
use super::settle_filter::SettleFilter;
use super::summary::Summary;
use crate::delivery::{ServiceState, Until};
use crate::model::{PassCause, spelled};
use crate::plan::{Guard, Halt, Holds};

/// A pass of the service waits out no outage longer than this: another is made later.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a pass is to go.
#[derive(Clone, Debug)]
pub(crate) struct PassOptions {
    /// What set it off, for the journal.
    pub cause: PassCause,
    /// Goes past a halt.
    pub force: bool,
    /// Only these.
    pub only: Selection,
    /// When delivering ends.
    pub until: Until,
    /// Files touched within this span before a look may still be being written: they are waited for. A pass of the service
    /// has a filter of its own, and makes another pass instead.
    pub settle: Duration,
    /// There if a dispatcher that stays delivers what is due: the pass ends when what is wanted is written down.
    pub daemon: Option<DaemonPass>,
}

/// A pass of the service.
#[derive(Clone, Debug)]
pub(crate) struct DaemonPass {
    /// What the pass and the dispatcher both know.
    pub state: Arc<ServiceState>,
    /// Which files are left for another look.
    pub filter: SettleFilter,
    /// What is looked at, if that is not everything.
    pub part: Option<Part>,
    /// The guard whose halt was said already.
    pub told: Option<Guard>,
}

impl PassOptions {
    /// A pass of the service: at everything, for as long as it takes.
    pub(crate) fn of_service(cause: PassCause, force: bool, daemon: DaemonPass, cancelled: CancellationToken) -> Self {
        let until = Until { patience: PATIENCE, waits_out_pauses: true, max_duration: None, limit: None, cancelled };
        Self { cause, force, only: Selection::default(), settle: Duration::ZERO, until, daemon: Some(daemon) }
    }

    /// Logs what the guard said, unless it was said before.
    pub(super) fn log_halts(&self, summary: &Summary) {
        for halt in &summary.forced {
            tracing::warn!(guard = halt.guard.as_str(), "Overriding a safety halt (--force): {}", spelled(&halt.message));
        }
        let is_news = |halt: &&Halt| self.daemon.as_ref().is_none_or(|daemon| daemon.told != Some(halt.guard));
        for halt in summary.halts().filter(is_news) {
            let what = if halt.holds == Holds::Everything { "The pass was halted" } else { "Removals were halted" };
            tracing::error!(guard = halt.guard.as_str(), "{what}: {}", spelled(&halt.message));
        }
    }
}
