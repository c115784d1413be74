//! What to do and why, as data: `plan(&PlanInput) -> Plan`, and the brakes over it.
//!
//! Pure: takes snapshots, returns data, touches nothing. It must not know how files are read, how the
//! directory is asked, or how the ledger stores anything.

mod decision;
mod defaults;
mod departure;
mod guard;
#[cfg(test)]
mod guard_tests;
mod halt;
mod identity;
mod input;
mod known;
mod leftovers;
mod planner;
mod removal;
mod render;
#[cfg(test)]
mod tests;

pub(crate) use decision::{Decision, Hold, Plan, PlanEntry, Release, Why};
pub(crate) use defaults::{is_open_to_default, settle_defaults};
pub(crate) use departure::{Absence, ByHand, Departures, Hidden, Removal, RemovalCause};
pub(crate) use guard::{Claims, Facts, GuardSettings, first_contact, guard};
pub(crate) use halt::{Guard, Halt, Holds, Parted, part};
pub(crate) use identity::moved;
pub(crate) use input::{Claim, ConflictPolicy, PlanInput, PlannedFile};
pub(crate) use planner::plan;
pub(crate) use removal::unasked_words;
pub(crate) use render::{PlanRow, holds_the_same, rows};
