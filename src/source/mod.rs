//! The HR directory: what is there, what it holds, and whether it can be trusted.
//!
//! Knows files only. It must not know who they are for, what was delivered, or that there is a Graph.

mod clutter;
#[cfg(test)]
mod clutter_tests;
mod convert;
mod file;
mod filesystem;
mod hash;
mod ignore;
mod limits;
mod read;
mod root;
mod scan;
pub(crate) mod watch;

pub(crate) use convert::Converter;
pub(crate) use file::{FileError, read_file, stamps};
pub(crate) use filesystem::Ground;
pub(crate) use hash::hash_all;
pub(crate) use ignore::{Ignore, PassedOver};
pub(crate) use limits::{WatchLimits, directories};
pub(crate) use read::{Reading, read};
pub(crate) use root::RootId;
pub(crate) use scan::{ScanError, Seen, scan};
pub(crate) use watch::{WatchMode, WatchSettings, WatchState, Watcher};

use std::path::PathBuf;

/// Where the photos are and what of it counts.
#[derive(Clone, Debug)]
pub(crate) struct SourceSettings {
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
