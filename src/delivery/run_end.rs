//! When a run of the dispatcher ends, why it did, and what it came to.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::model::{Problem, Reason, Stopped};
use crate::status::HeldItem;

/// When to stop.
#[derive(Clone, Debug)]
pub struct Until {
    /// A wait longer than this ends the run ...
    pub patience: Duration,
    /// ... except for a pause that Graph asked for, if so wished.
    pub waits_out_pauses: bool,
    /// The run ends after this long.
    pub max_duration: Option<Duration>,
    /// The run ends after so many deliveries.
    pub limit: Option<u64>,
    /// Cancelled by a signal: what is in flight is finished, nothing new begins.
    pub cancelled: CancellationToken,
}

impl Until {
    /// What comes of work that knows no end of its own, or why it was stopped first.
    pub(crate) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        let out_of_time = async {
            match self.max_duration {
                Some(span) => tokio::time::sleep(span).await,
                None => std::future::pending().await,
            }
        };
        // Work that is ended by the same signal may be done at the same moment, and is not whole then.
        tokio::select! {
            biased;
            () = self.cancelled.cancelled() => Err(Stopped::Signal),
            () = out_of_time => Err(Stopped::MaxDuration),
            done = work => Ok(done),
        }
    }
}

/// Why the run ended early.
#[derive(Clone, Debug)]
pub(crate) enum StopReason {
    /// Sign-in fails, or Graph refuses the token: nothing can be delivered.
    SignIn(Problem),
    /// Graph gave no answer for so long.
    Unreachable(Duration),
    /// The time given is over.
    OutOfTime,
    /// The number of deliveries given is reached.
    Limit,
    /// A signal came.
    Cancelled,
}

impl StopReason {
    /// The same as a summary says it.
    pub(crate) fn stopped(&self) -> Stopped {
        match self {
            Self::SignIn(_) => Stopped::SignIn,
            Self::Unreachable(_) => Stopped::Directory,
            Self::OutOfTime => Stopped::MaxDuration,
            Self::Limit => Stopped::Limit,
            Self::Cancelled => Stopped::Signal,
        }
    }

    /// What a person has to look at.
    pub(crate) fn problem(&self) -> Option<HeldItem> {
        match self {
            Self::SignIn(problem) => Some(HeldItem::new(problem)),
            Self::Unreachable(span) => {
                let words = format!("it has given no answer for {} s", span.as_secs());
                Some(HeldItem::new(&Problem::new(Reason::Transient, words)))
            }
            Self::OutOfTime | Self::Limit | Self::Cancelled => None,
        }
    }
}

/// What a run did.
#[derive(Debug, Default)]
pub(crate) struct DispatchSummary {
    pub delivered: u64,
    pub removed: u64,
    pub superseded: u64,
    /// Prepared anew and found to be what was delivered before.
    pub same: u64,
    pub forbidden: bool,
    pub stop: Option<StopReason>,
}
