//! What a photo slot in the tenant can be, and what each event makes of it.
//!
//! Pure: a record, the events, and [`TargetRecord::apply`]. The ledger loads, applies and saves; whoever wants something
//! of a target says so as an event. It must not know SQL, HTTP or files.

mod apply;
mod by_hand;
mod event;
mod look;
#[cfg(test)]
mod random_ours_tests;
mod record;
#[cfg(test)]
mod tests;

pub(crate) use by_hand::nobody_can_tell;
pub(crate) use event::{Event, Tried, Wanted};
pub(crate) use record::{
    AnswerCode, Compared, Delivered, Desired, DriftKind, Failures, Held, KeptPhoto, Obstacle, StateName, TargetRecord,
    TargetState,
};
