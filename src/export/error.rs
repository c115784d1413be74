//! Why there is no export.

use std::path::PathBuf;

use crate::files::OutputError;
use crate::graph::Failure;
use crate::plan::Halt;

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The directory can't be written to.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// What was done there can't be told.
    #[error(
        "{} {why}. Move it away, or remove it, and run the export again: everybody is then asked, and files of people who left \
         the scope since stay until you remove them",
        path.display()
    )]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What it is.
        why: String,
    },
    /// Photos of another tenant lie there.
    #[error("{} holds photos of another tenant ({other})", path.display())]
    OtherTenant {
        /// Where.
        path: PathBuf,
        /// Whose.
        other: String,
    },
    /// A group that the export is to be of can't be found.
    #[error("{0}")]
    Group(String),
    /// A group of the configuration can't be found.
    #[error("{}", .0.message)]
    Scope(Halt),
    /// The directory of the tenant can't be asked.
    #[error("the directory can't be asked: {0}")]
    Directory(Failure),
    /// A bug of photosyncd.
    #[error("writing ended in an internal error: {0}")]
    Panicked(tokio::task::JoinError),
}
