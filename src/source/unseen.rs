//! What is there and can't be named, or not be looked into: a file that is missing may be it, or in it.

use std::path::PathBuf;

use crate::model::SourcePath;

/// What one look could not see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unseen {
    /// Files whose names are no text that can be shown, below the root.
    pub(super) files: Vec<PathBuf>,
    /// Links in the place of folders, that are not followed.
    pub(crate) links: Vec<String>,
}

impl Unseen {
    /// The link that this path lies below.
    pub(crate) fn above(&self, path: &SourcePath) -> Option<&str> {
        self.links.iter().find(|link| path.is_below(link)).map(String::as_str)
    }
}
