//! Directory questions: from references, as HR names its targets, to the objects that Graph knows.
//!
//! Values are asked in batches; a value that no batch answered is asked alone before it counts as missing, since
//! filters are eventually consistent and not every server knows every operator. Whatever a filter returns is
//! compared with the reference once more: a server that ignores a filter must not give somebody a face.

mod asker;
mod attribute;
mod collection;
mod contacts;
mod folders;
mod late;
mod numbers;
mod pages;
mod question;
mod resolve;
mod sweep;
mod wire;

pub(super) use asker::parse;
pub(crate) use sweep::{Change, DeltaEnd};
pub(super) use wire::{ids_on_page, is_object_id, usable};

#[cfg(test)]
mod limit_tests;
#[cfg(test)]
mod tests;
