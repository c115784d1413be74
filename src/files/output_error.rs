//! Why something can't be written for others to look at.

use std::io;
use std::path::PathBuf;

use rustix::io::Errno;

/// Why something can't be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// A link is in the way.
    #[error("{} is a symbolic link, and nothing is written through links", .0.display())]
    Link(PathBuf),
    /// Something is there.
    #[error("{} is there already and was not made by photosyncd, or was changed since; it is not overwritten", .0.display())]
    Foreign(PathBuf),
    /// The system refuses.
    #[error("{} can't be written: {source}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl OutputError {
    /// Whether it is the matter of one file: others can be written all the same.
    pub(crate) fn is_of_one_file(&self) -> bool {
        match self {
            Self::Link(_) | Self::Foreign(_) => true,
            // The file system doesn't take such a name, or doesn't give that file away.
            Self::Io { source, .. } => {
                matches!(Errno::from_io_error(source), Some(Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ | Errno::PERM))
            }
        }
    }

    /// Whether what is there is too large to be read.
    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::FileTooLarge)
    }
}
