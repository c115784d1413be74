//! The ledger: what was seen, wanted and delivered, in one SQLite file. All SQL lives here.
//!
//! It stores what was seen, not what to do: the queue is a query. It must not know how files are read,
//! how the directory is asked, what is planned, or what a photo looks like.

mod aside;
mod backups;
mod by_hand;
mod commit;
mod directory;
mod drift;
mod find;
mod gone;
#[cfg(test)]
mod held_tests;
mod history;
mod journal;
mod lock;
mod migrate;
mod open;
mod queue;
mod read;
mod record;
mod recover;
mod refusal;
mod room;
mod rows;
mod survey;
mod targets;
#[cfg(test)]
mod tests;
mod view;
mod writer;

pub(crate) use aside::SetAside;
pub(crate) use backups::{BackupRow, Returning, Sent};
pub(crate) use commit::{Absences, Commit, FileRow, Rows};
pub(crate) use drift::{Check, DriftRow, Finding};
pub(crate) use gone::{Remembered, fact};
pub(crate) use history::Filter;
pub(crate) use journal::{AttemptRow, PassRow};
pub use open::Identity;
pub(crate) use queue::{Due, Want};
pub use read::Reader;
pub(crate) use read::{Counts, HeldRow, TargetRow};
pub(crate) use record::Attempt;
pub use refusal::OpenError;
pub(crate) use survey::survey;
pub(crate) use view::{Note, Notes};
pub use writer::Ledger;
pub(crate) use writer::LedgerError;
