//! Why the ledger did not do what it was asked.

use std::path::PathBuf;

use rusqlite::{Connection, ErrorCode, ffi};

use super::cure::{back, gone, unlocked};
use super::open_error::is_full;
use crate::model::Advice;

/// Why the ledger did not do what it was asked. The transaction was rolled back.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LedgerError {
    /// No space left.
    #[error("the disk of the ledger is full")]
    Full,
    /// A page can't be read or written.
    #[error("the ledger can't be read or written ({0})")]
    Io(String),
    /// What was handed to the disk may not be on it.
    #[error("the ledger's disk failed to persist data ({0})")]
    Unkept(String),
    /// Damaged.
    #[error("the ledger is damaged ({0})")]
    Corrupt(String),
    /// A file of the open ledger is no longer where it was opened.
    #[error("{} {}", path.display(), gone(*replaced))]
    Gone {
        /// The file: the ledger, or one beside it.
        path: PathBuf,
        /// Another one lies there.
        replaced: bool,
    },
    /// Another program holds it.
    #[error("the ledger {0} is locked by another program, such as a backup or sqlite3")]
    Locked(String),
    /// The writer has ended.
    #[error("the ledger is closed")]
    Closed,
    /// Anything else.
    #[error("ledger error: {0}")]
    Other(String),
}

impl Advice for LedgerError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Full => "free some space, nothing is lost",
            Self::Io(_) | Self::Unkept(_) => "check the disk",
            Self::Corrupt(_) => {
                "start the service again: the ledger is moved aside and rebuilt, and nothing in the tenant is touched by that"
            }
            Self::Locked(path) => return Some(unlocked(path)),
            Self::Gone { replaced, .. } => back(*replaced),
            Self::Closed | Self::Other(_) => return None,
        };
        Some(hint.to_owned())
    }
}

impl LedgerError {
    /// Whether it may pass by itself or by a person's doing while the program runs: a disk that is full, closed to
    /// writing or faulty, a lock, a file that is put back. Whoever is told so stops claiming, says so, and tries again later; nothing is lost. Not so
    /// if the disk failed to keep what it had taken: the system may call lost pages written. The ledger must be opened
    /// again then, which reads the log back from its beginning.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self, Self::Full | Self::Io(_) | Self::Gone { .. } | Self::Locked(_))
    }
}

impl LedgerError {
    /// The same, of the ledger that this connection has open.
    pub(super) fn of(connection: &Connection, error: rusqlite::Error) -> Self {
        match Self::from(error) {
            Self::Locked(_) => Self::Locked(connection.path().unwrap_or_default().to_owned()),
            other => other,
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            _ if is_full(&error) => Self::Full,
            Some(_) if is_unkept(&error) => Self::Unkept(error.to_string()),
            Some(ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::Io(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(String::new()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

/// Whether the disk refused to make sure of what it had taken.
fn is_unkept(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code.is_some_and(|code| [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC].contains(&code))
}
