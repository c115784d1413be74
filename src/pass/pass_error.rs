//! Why a pass could not be made at all.

use super::scan_failure::ScanFailure;
use crate::graph::{Class, Failure};
use crate::ledger::LedgerError;
use crate::lookup::LookupError;
use crate::model::Advice;

/// Why a pass could not be made at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PassError {
    /// The source or the table can't be used.
    #[error(transparent)]
    Scan(ScanFailure),
    /// The directory can't be asked at all.
    #[error("the directory can't be asked: {0}")]
    Directory(Failure),
    /// The ledger refuses.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Names that were given select nothing.
    #[error("{0}")]
    Selection(String),
    /// A fault of the program.
    #[error("internal error while scanning the source: {0}")]
    Panicked(String),
}

impl PassError {
    /// Whether it is a matter of sign-in or permission.
    pub(crate) fn is_sign_in(&self) -> bool {
        matches!(self, Self::Directory(failure) if matches!(failure.class, Class::SignIn | Class::KindForbidden))
    }
}

impl Advice for PassError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Scan(error) => error.hint(),
            Self::Ledger(error) => error.hint(),
            // Its cure is a sentence of its own.
            Self::Directory(_) | Self::Selection(_) | Self::Panicked(_) => None,
        }
    }
}

impl From<LookupError> for PassError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Directory(failure) => Self::Directory(failure),
            LookupError::Ledger(error) => Self::Ledger(error),
        }
    }
}
