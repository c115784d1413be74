//! How the source is watched: as configured, and just now.

use std::time::Duration;

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
