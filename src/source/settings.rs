//! What the source is told.

use std::path::PathBuf;

use super::IgnoreList;

/// Where the photos are and what of it counts.
#[derive(Clone, Debug)]
pub(crate) struct SourceSettings {
    /// The root of the source.
    pub root: PathBuf,
    /// Paths below the root that are clutter, not photos.
    pub ignore: IgnoreList,
    /// Whether links are followed, as long as they stay below the root.
    pub follow_symlinks: bool,
    /// A file below the root that must exist, or the source counts as not mounted.
    pub require: Option<String>,
    /// Files above this many bytes are not read.
    pub max_bytes: u64,
}
