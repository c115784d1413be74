//! The HR directory: what is there, what it holds, and whether it can be trusted.
//!
//! Knows files only. It must not know who they are for, what was delivered, or that there is a Graph.

mod clutter;
#[cfg(test)]
mod clutter_tests;
mod converter;
mod hash;
mod ignore_list;
mod look;
mod root_id;
mod root_info;
mod scan;
mod settings;
mod source_file;
mod strays;
mod unseen;
pub(crate) mod watch;
mod watch_limits;

pub(crate) use converter::Converter;
pub(crate) use hash::{hash_all, hash_unnamed};
pub(crate) use ignore_list::{IgnoreList, IgnoreReason};
pub(crate) use look::{Sight, look};
pub(crate) use root_id::RootId;
pub(crate) use root_info::RootInfo;
pub(crate) use scan::{Scan, ScanError, ScannedFile, scan};
pub(crate) use settings::SourceSettings;
pub(crate) use source_file::{FileContent, ReadError, may_read, read_source_file, refusal, size_of};
pub(crate) use unseen::Unseen;
pub(crate) use watch::{WatchMode, WatchSettings, WatchState, Watcher};
pub(crate) use watch_limits::{WatchLimits, count_directories};
