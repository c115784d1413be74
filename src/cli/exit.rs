//! How a command ends: the exit codes that scripts rely on, and troubles with their words.

use std::fmt;
use std::process::ExitCode;

use crate::config::{BuildError, ConfigFaults};
use crate::daemon::{ControlError, DaemonError, RefusedSettings};
use crate::files::OutputError;
use crate::graph::Class;
use crate::ledger::{LedgerError, OpenError};
use crate::model::{Advice, Stopped, chain};
use crate::pass::{PassError, ScanFailure, Summary};

/// Exit codes. The numbers are a contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// All in step. Files that no rule claims don't change that.
    InStep = 0,
    /// A fault of the program.
    Internal = 1,
    /// The command line can't be understood.
    Usage = 2,
    /// Done, but something is held, blocked or waiting, or a photo can't be used.
    Held = 3,
    /// Halted by the guard.
    Halted = 4,
    /// Sign-in or permission.
    SignIn = 5,
    /// Microsoft 365 could not be reached at all.
    Unreachable = 69,
    /// Another instance holds the ledger.
    Busy = 75,
    /// Configuration or state that needs a person.
    Configuration = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// What a run comes to.
    pub(super) fn of(summary: &Summary) -> Self {
        if summary.halted.is_some() {
            Self::Halted
        } else if summary.stopped == Some(Stopped::SignIn) || summary.forbidden {
            Self::SignIn
        } else if summary.is_out_of_reach() {
            Self::Unreachable
        } else if summary.is_in_step() {
            Self::InStep
        } else {
            Self::Held
        }
    }
}

/// Why a command could not do what it should: the words, and the exit code.
#[derive(Debug)]
pub(super) struct CliError {
    pub(super) exit: Exit,
    words: String,
    /// What to do, where that is said apart.
    cure: Option<String>,
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        self.cure.iter().try_for_each(|cure| write!(f, "; {cure}"))
    }
}

impl CliError {
    pub(super) fn new(exit: Exit, words: impl Into<String>) -> Self {
        Self { exit, words: words.into(), cure: None }
    }

    /// The same for a program.
    pub(super) fn document(&self) -> serde_json::Value {
        let Self { exit, words, cure } = self;
        serde_json::json!({ "error": { "exit": *exit as u8, "message": words, "cure": cure } })
    }

    pub(super) fn internal(what: &str, error: impl fmt::Display) -> Self {
        Self::new(Exit::Internal, format!("{what}: {error}"))
    }

    /// Several as one, a line each; what was said already is not said again. None if there are none.
    pub(super) fn of_all(mut all: Vec<Self>) -> Option<Self> {
        if all.len() < 2 {
            return all.pop();
        }
        let exit = all.iter().map(|one| one.exit).find(|exit| *exit == Exit::Configuration).unwrap_or(all[0].exit);
        let mut words = String::from("the configuration can't be used:");
        for one in all.iter().map(ToString::to_string) {
            for line in one.lines().filter(|line| !words.contains(line)).collect::<Vec<_>>() {
                words.push('\n');
                words.push_str(line);
            }
        }
        Some(Self::new(exit, words))
    }

    fn of(exit: Exit, error: &impl Advice) -> Self {
        Self { cure: error.hint(), ..Self::new(exit, chain(error)) }
    }
}

impl From<ConfigFaults> for CliError {
    fn from(faults: ConfigFaults) -> Self {
        Self::new(Exit::Configuration, format!("the configuration can't be used:\n{faults}"))
    }
}

impl From<BuildError> for CliError {
    fn from(error: BuildError) -> Self {
        Self::of(Exit::Configuration, &error)
    }
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        let exit = if matches!(error, OpenError::Held { .. } | OpenError::Locked(_)) { Exit::Busy } else { Exit::Configuration };
        Self::of(exit, &error)
    }
}

impl From<RefusedSettings> for CliError {
    fn from(error: RefusedSettings) -> Self {
        Self::new(Exit::Configuration, error.to_string())
    }
}

impl From<OutputError> for CliError {
    fn from(error: OutputError) -> Self {
        Self::new(Exit::Configuration, format!("{error}; give another place with --out"))
    }
}

impl From<LedgerError> for CliError {
    fn from(error: LedgerError) -> Self {
        let exit = match error {
            LedgerError::Full
            | LedgerError::Io(_)
            | LedgerError::Unkept(_)
            | LedgerError::Corrupt(_)
            | LedgerError::Gone { .. } => Exit::Configuration,
            LedgerError::Locked(_) => Exit::Busy,
            LedgerError::Closed | LedgerError::Other(_) => Exit::Internal,
        };
        Self::of(exit, &error)
    }
}

impl From<DaemonError> for CliError {
    fn from(error: DaemonError) -> Self {
        match error {
            DaemonError::Build(error) => error.into(),
            // The unit tries again after 75: somebody will make room.
            DaemonError::Open(OpenError::Full(_)) | DaemonError::Ledger(LedgerError::Full) => Self::of(Exit::Busy, &error),
            DaemonError::Open(error) => error.into(),
            DaemonError::Ledger(error) => error.into(),
            DaemonError::Listen { .. } | DaemonError::Notify(_) => Self::of(Exit::Configuration, &error),
            DaemonError::Signals(_) | DaemonError::Fault(_) => Self::of(Exit::Internal, &error),
        }
    }
}

impl From<ControlError> for CliError {
    fn from(error: ControlError) -> Self {
        let exit = if matches!(error, ControlError::Halted(_)) { Exit::Halted } else { Exit::Busy };
        Self::new(exit, chain(&error))
    }
}

impl From<PassError> for CliError {
    fn from(error: PassError) -> Self {
        match error {
            PassError::Ledger(error) => error.into(),
            PassError::Directory(ref failure) => {
                let exit = match failure {
                    _ if error.is_sign_in() => Exit::SignIn,
                    failure if failure.is_unreachable() => Exit::Unreachable,
                    _ => Exit::Held,
                };
                let what = match failure.class {
                    Class::SignIn => "sign-in to Microsoft Graph failed",
                    Class::KindForbidden => "the directory may not be asked",
                    _ if failure.is_unreachable() => "Microsoft 365 can't be reached",
                    _ => "the directory can't be asked",
                };
                Self::new(exit, format!("{what}: {failure}\nWhat to do: {}", failure.cure))
            }
            PassError::Selection(_) => Self::of(Exit::Usage, &error),
            PassError::Panicked(_) => Self::of(Exit::Internal, &error),
            PassError::Scan(ScanFailure::TableChanging { .. }) => Self::of(Exit::Held, &error),
            PassError::Scan(_) => Self::of(Exit::Configuration, &error),
        }
    }
}
