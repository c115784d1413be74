//! The ledger: what was seen, wanted and delivered, in one SQLite file. All SQL lives here.
//!
//! It stores what was seen, not what to do: the queue is a query. It must not know how files are read,
//! how the directory is asked, what is planned, or what a photo looks like.

mod backups;
mod clocks;
mod commit;
mod cure;
mod defaults;
mod drift;
mod error;
mod files;
mod find;
mod former_bindings;
mod held;
#[cfg(test)]
mod held_tests;
mod history;
mod identity;
mod inspect;
mod journal;
mod links;
mod literal;
mod lock;
mod meta;
mod migrate;
mod one_object;
mod open;
mod open_error;
mod overrides;
mod permission;
mod place;
mod probe;
mod queue;
#[cfg(test)]
mod random_held_tests;
mod readable;
mod reader;
mod record;
mod recover;
mod refused;
mod removals;
mod rows;
mod seal;
mod set_aside;
mod source;
mod target_rows;
mod targets;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod upgrade_tests;
mod view;
mod writer;

pub(crate) use backups::{BackupRow, Overwritten, Returning};
pub(crate) use commit::{Commit, Rows};
pub(crate) use drift::{DriftCheck, DriftFinding, DriftRow};
pub(crate) use error::LedgerError;
pub(crate) use held::{Apart, Counts, HeldRow};
pub(crate) use history::JournalFilter;
pub use identity::Identity;
pub(crate) use inspect::inspect;
pub(crate) use journal::{AttemptRow, PassRow};
pub(crate) use lock::holder;
pub(crate) use meta::fact;
pub use open_error::OpenError;
pub(crate) use overrides::Consent;
pub(crate) use queue::{Due, DueAction};
pub use reader::Reader;
pub(crate) use record::Attempt;
pub(crate) use removals::{Absences, Remembered};
pub(crate) use set_aside::SetAside;
pub(crate) use source::LedgerSource;
pub(crate) use target_rows::TargetRow;
pub(crate) use view::{FileStamp, FileStamps};
pub use writer::Ledger;
