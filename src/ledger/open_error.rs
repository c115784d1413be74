//! Why a ledger can't be opened, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::cure::{back, gone, unlocked};
use super::identity::Identity;
use crate::model::Advice;

/// Why a ledger can't be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another instance has it.
    #[error("the ledger {} is held by {holder}", path.display())]
    Held {
        /// The ledger.
        path: PathBuf,
        /// Who, since when.
        holder: String,
    },
    /// The state directory can't be made or written.
    #[error("the state directory of the ledger {} can't be written", path.display())]
    Directory {
        /// The ledger.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// It may not be read by whoever asks.
    #[error("the ledger {} may not be read by the user that runs this command", .0.display())]
    Forbidden(PathBuf),
    /// The directory is writable, and what lies there is somebody else's.
    #[error("the ledger {} or its lock belongs to another user (uid {owner}), who ran photosyncd before", path.display())]
    Owner {
        /// The ledger.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// A link, or no file, lies where a file of ours should.
    #[error("{} is a symbolic link or no file, in the place of one that photosyncd keeps; nothing is written through it", .0.display())]
    Planted(PathBuf),
    /// On a file system where SQLite's locks don't hold.
    #[error("the ledger {} lies on a network or FUSE file system, where it could be damaged", .0.display())]
    FileSystem(PathBuf),
    /// Not SQLite, or SQLite of somebody else's.
    #[error("{} is not a photosyncd ledger", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// It is a database, of another program.
        database: bool,
    },
    /// No space left.
    #[error("the disk of the ledger {} is full", .0.display())]
    Full(PathBuf),
    /// Damaged.
    #[error("the ledger {path} is damaged ({finding})")]
    Corrupt {
        /// The ledger.
        path: String,
        /// What the check found.
        finding: String,
    },
    /// Written by a newer version.
    #[error("the ledger {} has format {found}, made by a newer photosyncd; this one knows format {known} at most", path.display())]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format this version knows.
        known: i64,
    },
    /// Written by an older version, and opened to be read only.
    #[error("the ledger {} has format {found}, made by an older photosyncd", path.display())]
    Older {
        /// The ledger.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The format this version reads.
        known: i64,
    },
    /// Of another tenant.
    #[error("the ledger {} belongs to {owner}, and the configuration names {configured}", path.display())]
    OtherTenant {
        /// The ledger.
        path: PathBuf,
        /// Whose it is.
        owner: Identity,
        /// Who asks.
        configured: Identity,
    },
    /// There is none yet.
    #[error("there is no ledger at {} yet", .0.display())]
    None(PathBuf),
    /// There was one, as the lock beside it says.
    #[error("the ledger {} is gone, though there was one", .0.display())]
    Gone(PathBuf),
    /// There was one, and somebody has it open still.
    #[error("the ledger {} {}; {holder} has it open", path.display(), gone(false))]
    GoneFrom {
        /// The ledger.
        path: PathBuf,
        /// Who, since when.
        holder: String,
    },
    /// The disk does not do what it should.
    #[error("the ledger {} can't be read or written", path.display())]
    Io {
        /// The ledger.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
    /// Another program has locked it.
    #[error("the ledger {} is locked by another program, such as a backup or sqlite3", .0.display())]
    Locked(PathBuf),
    /// Anything else that SQLite says.
    #[error("the ledger {} can't be opened", path.display())]
    Sqlite {
        /// The ledger.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
}

impl Advice for OpenError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Held { .. } => "stop that one first, or give this one a ledger of its own (ledger.path)",
            Self::Directory { .. } => "give the service's user a writable one (StateDirectory=, or ledger.path)",
            Self::Forbidden(_) => "run the command as the service's user: `sudo -u photosyncd photosyncd ...`",
            Self::Owner { path, .. } => {
                return Some(format!(
                    "run the command as that user, or give the files to the service's: `sudo chown photosyncd: {}*`",
                    path.display()
                ));
            }
            Self::FileSystem(_) => "put it on a local disk (ledger.path)",
            Self::Foreign { .. } => "move it away, or set ledger.path to another file",
            Self::Full(_) => "free some space and run again, nothing is lost",
            Self::Corrupt { .. } => {
                "the next `photosyncd reconcile` or `photosyncd run` moves it aside and begins a new one: photos that can't be proven delivered are sent once more"
            }
            Self::Newer { .. } => "install the newer version again, or set ledger.path to a new file",
            Self::Older { known, .. } => {
                let hint = "start the service again or run `photosyncd reconcile` once: that brings it to format";
                return Some(format!("{hint} {known}"));
            }
            Self::OtherTenant { .. } => "set ledger.path to a file of its own for each tenant",
            Self::None(_) => "`photosyncd reconcile` or `photosyncd run` makes it",
            Self::Gone(_) => {
                "put it back if it was moved away; else `photosyncd reconcile` or `photosyncd run` begins a new one: photos are sent once more, and none is removed for 24 hours"
            }
            Self::GoneFrom { .. } => back(false),
            Self::Locked(path) => return Some(unlocked(path.display())),
            Self::Planted(_) => "see who may write to that directory, then remove it",
            Self::Io { .. } => "check the disk and run again, nothing was changed",
            Self::Sqlite { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// The directory or the disk refuses.
pub(super) fn unwritable(path: &Path, source: io::Error) -> OpenError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OpenError::Full(path.to_owned()),
        _ => OpenError::Directory { path: path.to_owned(), source },
    }
}

/// SQLite refuses.
pub(super) fn failed(path: &Path, source: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        _ if is_full(&source) => OpenError::Full(path),
        Some(ErrorCode::NotADatabase) => OpenError::Foreign { path, database: false },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked(path),
        Some(ErrorCode::SystemIoFailure) => OpenError::Io { path, source },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Corrupt { path: path.display().to_string(), finding: source.to_string() },
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            OpenError::Directory { path, source: io::Error::other(source) }
        }
        _ => OpenError::Sqlite { path, source },
    }
}

/// Whether an error means that there is no space left: for rows, or for the index of the write-ahead log.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    error.sqlite_error_code() == Some(ErrorCode::DiskFull) || extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}
