//! TERM and INT: stop. HUP: read the configuration again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SignalAction {
    /// End.
    Stop,
    /// Read the configuration again.
    Reload,
}

/// Hears signals from the moment it is made.
pub(super) struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

impl Signals {
    /// Registered before anything is started, so that none ends the process half-way.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
        })
    }

    /// The next one. Nothing is lost if the wait is given up.
    pub(super) async fn next(&mut self) -> SignalAction {
        tokio::select! {
            _ = self.term.recv() => SignalAction::Stop,
            _ = self.int.recv() => SignalAction::Stop,
            _ = self.hup.recv() => SignalAction::Reload,
        }
    }

    /// The next wish to stop; others are passed over.
    pub(super) async fn stop(&mut self) {
        while self.next().await != SignalAction::Stop {}
    }
}
