//! Floor 1: files that others made, read within bounds; and files for others, written without harm.
//!
//! The one place where the product opens a file that lies outside its state directory and its source. What is read is a
//! regular file of a bounded size that answers in time. What is written is private, never goes through a link and never
//! over what photosyncd did not make. `tests/it/floors` holds every other room to it. It must not know what the files
//! are about.

mod access;
mod deadline;
mod lock;
mod made;
mod output;
mod output_error;
mod read;
mod record;
mod replace;
mod threads;
mod workplace;

pub(crate) use access::access;
pub(crate) use deadline::{NoAnswer, Patience, Progress, run_in_time};
pub(crate) use lock::{Lock, is_marked};
#[cfg(test)]
pub(crate) use made::MAX_BYTES as MAX_LIST_BYTES;
pub(crate) use output::Output;
pub(crate) use output_error::OutputError;
pub(crate) use read::{
    Bounds, FileError, Links, ReadFile, aside, fingerprint, fingerprint_of, is_file, is_there, link_target, read, read_text,
};
pub(crate) use record::Record;
pub(crate) use replace::{Audience, overwrite, prune, replace};
pub(crate) use workplace::workplace;
