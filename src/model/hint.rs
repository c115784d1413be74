//! Where to look again. A hint claims nothing about what happened there.

use super::SourcePath;

/// "Look again here."
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Hint {
    /// Something may have changed anywhere: the source came back.
    Everything,
    /// It is time to poll: nobody has heard of a change, so that nothing has to come to rest first.
    Tick,
    /// The same, since more changed at once than could be told: what was told is not all.
    Lost,
    /// A file, or a directory with everything below it.
    At(SourcePath, FileActivity),
}

/// Whether what a hint is about can be read yet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum FileActivity {
    /// Closed after writing, renamed to this name, or a directory with unknown content: look soon.
    Complete,
    /// Created or written to: somebody may be at it still.
    Writing,
    /// Gone, or its attributes changed: neither of the above.
    Touched,
}
