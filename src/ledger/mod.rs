//! The ledger: what was seen, wanted and delivered, in one SQLite file. All SQL lives here.
//!
//! It stores what was seen, not what to do: the queue is a query. It must not know how files are read,
//! how the directory is asked, or what a photo looks like.

mod aside;
mod backups;
mod by_hand;
mod commit;
mod desk;
mod directory;
mod drift;
mod gone;
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

pub use aside::SetAside;
pub use backups::{BackupRow, Returning, Sent};
pub use commit::{Absences, Commit, FileRow, Rows};
pub use desk::{HeldGroup, PassLine};
pub use drift::{Check, DriftRow, Finding};
pub use gone::{Remembered, fact};
pub use history::Filter;
pub use journal::{AttemptRow, PassRow};
pub use open::Identity;
pub use queue::{Binding, Due, Want};
pub use read::{Counts, HeldRow, Reader, TargetRow};
pub use record::Attempt;
pub use refusal::OpenError;
pub use survey::{Survey, survey};
pub use view::{Note, Notes};
pub use writer::{Ledger, LedgerError};
