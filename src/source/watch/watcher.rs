//! What others hold of a watch.

use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::event_loop;
use super::settings::{WatchSettings, WatchState};
use crate::model::Hint;
use crate::source::SourceSettings;

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
        let state = event_loop::start(source, watch, hints, stop.clone()).await;
        Self { state, _stop: stop.drop_guard() }
    }

    /// How changes are noticed, now and from now on.
    pub(crate) fn state(&self) -> watch::Receiver<WatchState> {
        self.state.clone()
    }
}
