//! Notices changes in the source and hints at them. Events are hints only and many never come: the scan is the truth.
//!
//! Three parts: `ear` turns what the system tells into notes, in the system's own thread and without waiting;
//! `hands` does what may block (looking at the root, setting watches) in a thread of its own; `turn` joins them.

mod ear;
mod hands;
mod turn;

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::SourceSettings;
use crate::model::Hint;

/// How changes in the source are noticed between full passes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum WatchMode {
    /// The system's events where the file system delivers them, else polling.
    Auto,
    /// The system's events, whatever the file system.
    Native,
    /// A look every `poll_interval`.
    Poll,
    /// Not at all: full passes only.
    Off,
}

/// How to watch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WatchSettings {
    /// By which means.
    pub mode: WatchMode,
    /// Pause between two looks when polling.
    pub poll_interval: Duration,
}

/// How changes are noticed just now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum WatchState {
    /// By the system's events.
    Native,
    /// By looking at everything every so often.
    Polling {
        /// Why, and what to do if it isn't meant.
        why: String,
    },
    /// Not at all, as configured. The root is guarded all the same.
    Off,
    /// The source is not there. Nothing may be concluded from what is at its place.
    Away {
        /// What is wrong with it.
        why: String,
    },
}

/// Watches one source until it is dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    state: watch::Receiver<WatchState>,
    _stop: DropGuard,
}

impl Watcher {
    /// Starts to watch; hints go to `hints`, whose room bounds what is kept (1,024 is ample): when it is full, the hint
    /// becomes *everything*, once there is room.
    ///
    /// Returns when the root is watched, or can't be, or did not answer for 10 s: a full pass after this sees whatever
    /// changed before, so no hint is given for the start. Whenever the watch had to begin anew later, *everything* is hinted.
    pub(crate) async fn start(source: SourceSettings, watch: WatchSettings, hints: mpsc::Sender<Hint>) -> Self {
        let stop = CancellationToken::new();
        let state = turn::start(source, watch, hints, stop.clone()).await;
        Self { state, _stop: stop.drop_guard() }
    }

    /// How changes are noticed, now and from now on.
    pub(crate) fn state(&self) -> watch::Receiver<WatchState> {
        self.state.clone()
    }
}
