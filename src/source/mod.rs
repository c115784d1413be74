//! The HR directory: what is there, what it holds, and whether it can be trusted.
//!
//! Knows files only. It must not know who they are for, what was delivered, or that there is a Graph.

mod clutter;
mod convert;
mod file;
mod filesystem;
mod hash;
mod ignore;
mod limits;
mod read;
mod root;
mod scan;
pub mod watch;

pub use convert::Converter;
pub use file::{FileError, read_file, stamps};
pub use filesystem::Ground;
pub use hash::hash_all;
pub use ignore::{Ignore, PassedOver};
pub use limits::{WatchLimits, directories};
pub use read::{Reading, read};
pub use root::RootId;
pub use scan::{Scan, ScanError, Seen, scan};
pub use watch::{WatchMode, WatchSettings, WatchState, Watcher};

use std::path::PathBuf;

/// Where the photos are and what of it counts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The root of the source.
    pub root: PathBuf,
    /// Paths below the root that are clutter, not photos.
    pub ignore: Ignore,
    /// Whether links are followed, as long as they stay below the root.
    pub follow_symlinks: bool,
    /// A file below the root that must exist, or the source counts as not mounted.
    pub require: Option<String>,
    /// Files above this many bytes are not read.
    pub max_bytes: u64,
}
