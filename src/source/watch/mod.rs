//! Notices changes in the source and hints at them. Events are hints only and many never come: the scan is the truth.
//!
//! Three parts: `handler` turns what the system tells into events of our own, in the system's thread and without waiting;
//! `thread` does what may block (looking at the root, setting watches) in a thread of its own; `event_loop` joins them.

mod event_loop;
mod handler;
mod mounts;
mod settings;
mod thread;
mod watcher;

#[cfg(test)]
mod tests;

pub(crate) use settings::{WatchMode, WatchSettings, WatchState};
pub(crate) use watcher::Watcher;
