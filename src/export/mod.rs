//! The tenant's photos as files: everybody in scope, with two tables of who has one and who has none. Resumed where it was
//! cut off; over nothing that photosyncd did not make. It must not know the ledger, the source or what is planned.

mod error;
mod file_names;
mod folder;
mod journal;
mod person;
mod run;
mod tables;

pub(crate) use error::ExportError;
pub(crate) use file_names::FileNames;
pub(crate) use run::{ExportEnd, ExportSettings, export};
