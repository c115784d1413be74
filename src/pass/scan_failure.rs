//! Why the source can't be scanned, or its table not be read.

use std::path::PathBuf;

use crate::files::FileError;
use crate::mapping::TableError;
use crate::model::Advice;
use crate::source::ScanError;

/// Why nothing can be scanned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanFailure {
    /// The source is not there.
    #[error(transparent)]
    Source(#[from] ScanError),
    /// The table can't be read.
    #[error("the table {} (mapping.table) can't be read", path.display())]
    TableUnreadable {
        /// The table.
        path: PathBuf,
        /// The cause.
        #[source]
        source: FileError,
    },
    /// The table is being written: what it does not say yet must not count as taken back.
    #[error("the table {} (mapping.table) is being written", path.display())]
    TableChanging {
        /// The table.
        path: PathBuf,
    },
    /// The table can't be used.
    #[error("the table {} (mapping.table) can't be used", path.display())]
    TableUnusable {
        /// The table.
        path: PathBuf,
        /// The cause.
        #[source]
        source: TableError,
    },
}

impl Advice for ScanFailure {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Source(ScanError::NoAnswer(..)) => Some("look at the share and its server".to_owned()),
            Self::Source(_) => None,
            Self::TableUnreadable { source, .. } => source.hint(),
            Self::TableChanging { .. } => Some("it is read when it has been left alone for a moment".to_owned()),
            Self::TableUnusable { source, .. } => source.hint(),
        }
    }
}
