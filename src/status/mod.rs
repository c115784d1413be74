//! The one read model for people: what is held and for which cause, the passes, the service.
//!
//! Every screen (`status`, `explain`, `history`, `report`, the status page, JSON) shows these values and only lays them
//! out, so that no two can tell different stories. It reads the ledger and must not know terminals, HTML, or how
//! anything comes about.

mod cause;
mod condition;
mod held;
mod instance;
mod journal;
mod line;
mod overview;
mod pass;
mod photos;
mod planned;
mod removals_held;
mod returns;
mod service;
pub(crate) mod short;
mod standing;
mod story;
mod sum;
mod why;

pub(crate) use cause::{Cause, Causes};
pub(crate) use condition::{ConditionKind, LEDGER_GONE};
pub(crate) use held::HeldItem;
pub(crate) use instance::Instance;
pub(crate) use journal::{JournalEntry, JournalKind, journal};
pub(crate) use overview::{Overview, StandingHalt};
pub(crate) use pass::{PassEnd, PassLine};
pub(crate) use photos::{PhotoRow, PhotoState, Photos};
pub(crate) use planned::PlanSum;
pub(crate) use returns::Returns;
pub(crate) use service::{Condition, MissingPermissions, PassFailure, Phase, ServiceStatus, Totals, WatchMethod, WatchStatus};
pub(crate) use standing::{Standing, by_reason, resolve_themselves};
#[cfg(test)]
pub(crate) use story::Version;
pub(crate) use story::{DriftStory, FileStory, GoneStory, SourceFile, Stories, TargetStory};
pub(crate) use sum::Uncounted;
