//! The service's life: start, watch, pass after pass, reload, stop.
//!
//! Two loops live side by side. One hears what changed in the source and makes passes; the other delivers what is due.
//! They meet in the ledger: a pass writes down what is wanted and nudges the other. Around them: signals, the unit's
//! supervisor, a socket for commands, and a status that says how all stand. It must not know SQL, HTTP requests to Graph,
//! or what a photo is.

mod alert_state;
mod alerts;
mod backlog;
mod control;
mod drift_loop;
mod heartbeat;
mod hr_report;
#[cfg(feature = "emulator")]
#[cfg(test)]
mod part_tests;
mod pass_line;
mod question;
mod rate_history;
mod reload;
mod report_loop;
mod scan_loop;
mod schedule;
mod service;
mod signals;
mod status;
mod status_file;
mod status_page;
mod status_text;
mod systemd;
mod table_watch;
mod upload_loop;
mod watchdog;
mod workers;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

pub(crate) use control::{
    AcceptTarget, ControlError, GetStatus, OverrideHalt, RestoreBackups, RetryTargets, VerifyPhotos, ask, verify,
};
pub(crate) use hr_report::{add_names, add_unread, report};
pub(crate) use reload::{RefusedSettings, notifier, refusal, unservable};
pub(crate) use service::run;

use crate::clock::Clock;
use crate::config::{BuildError, Config};
use crate::ledger::{LedgerError, OpenError};
use crate::model::Advice;

/// What a service starts from.
#[derive(Clone)]
pub(crate) struct Start {
    /// The configuration.
    pub config: Config,
    /// Where it was read from, to read it again.
    pub path: PathBuf,
    /// Asks the environment.
    pub env: fn(&str) -> Option<String>,
    /// Reads the time.
    pub clock: Clock,
}

/// Why a service could not start, or had to end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DaemonError {
    /// The configuration can't be put to work.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The ledger can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The ledger can't be used any more.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Signals can't be heard.
    #[error("cannot install signal handlers")]
    Signals(#[source] io::Error),
    /// Nobody could be told of anything by one of the ways.
    #[error("{0}")]
    Notify(String),
    /// The address of the pages can't be had.
    #[error("the pages can't be served at {address} (service.listen)")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A fault of the program.
    #[error("a part of the service ended unexpectedly: {0}")]
    Fault(String),
}

impl Advice for DaemonError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Build(error) => error.hint(),
            Self::Open(error) => error.hint(),
            Self::Ledger(error) => error.hint(),
            Self::Signals(_) | Self::Notify(_) | Self::Listen { .. } | Self::Fault(_) => None,
        }
    }
}
