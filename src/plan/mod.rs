//! What to do and why, as data: `plan(&PlanInput) -> Plan`, and the brakes over it.
//!
//! Pure: takes snapshots, returns data, touches nothing. It must not know how files are read, how the
//! directory is asked, or how the ledger stores anything.

mod guard;
#[cfg(test)]
mod guard_tests;
mod halt;
mod identity;
mod input;
mod leftovers;
mod planner;
mod removal;
mod render;
#[cfg(test)]
mod tests;

pub use guard::{Claims, Facts, GuardSettings, guard};
pub use halt::{Extent, Guard, Halt, Holds, Parted, Told, part};
pub use identity::moved;
pub use input::{Claim, ConflictPolicy, Kept, KnownFile, KnownTarget, LedgerView, PlanInput, PlannedFile};
pub use planner::{Decision, Entry, Hold, Plan, Release, Why, plan};
pub use removal::{Absence, Cause, Departures, Gone, Pending, Removal};
pub use render::{PlanRow, holds_the_same, rows};
