//! Floor 0: the words of photosyncd as types, without any behaviour that needs a clock, a disk or a network.
//!
//! Everything above speaks in these types. This room imports nothing from the crate.

mod actor;
mod advice;
mod changed;
mod clock_memory;
mod default_picture;
mod delivery;
mod directory;
mod hint;
mod key;
mod memory;
mod mender;
mod named;
mod near;
mod own_names;
mod pass;
mod permission;
mod plain;
mod problem;
mod property;
mod property_words;
mod remedy;
mod source;
mod spelled;
mod target;
mod target_kind;
mod target_query;
pub(crate) mod target_state;
mod time;

pub(crate) use actor::Actor;
pub(crate) use advice::{Advice, chain};
pub(crate) use changed::ChangedNames;
pub(crate) use clock_memory::ClockMemory;
pub use clock_memory::Steady;
pub(crate) use default_picture::needs_none;
pub(crate) use delivery::{
    Arrival, DeliverPolicy, DeliveryState, Drift, DriftPolicy, Generation, JournalWord, Outcome, PhotoVersion, RecipeId, Trace,
};
pub(crate) use directory::DirectoryObject;
pub(crate) use hint::{FileActivity, Hint};
pub(crate) use memory::{Extent, Fate, Gone, Kept, KnownFile, KnownTarget, LedgerView, ToldHalts, is_named_in_vain};
pub(crate) use named::named;
pub(crate) use near::{did_you_mean, near};
pub(crate) use own_names::OwnNames;
pub use pass::{PassCause, Stopped};
pub(crate) use permission::Permission;
pub(crate) use plain::{is_obeyed, plain, plain_json};
pub(crate) use problem::Problem;
pub use problem::Reason;
pub use property::Property;
pub(crate) use source::{Digest, Fingerprint, SourcePath};
pub(crate) use spelled::{spell_with, spelled};
pub use target::TargetId;
pub(crate) use target::{Mailbox, ObjectId, Reference};
pub(crate) use target_kind::TargetKind;
pub(crate) use target_query::{Fit, Names, TargetQuery};
pub use time::Timestamp;
