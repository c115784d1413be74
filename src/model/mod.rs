//! Floor 0: the words of photosyncd as types, without any behaviour that needs a clock, a disk or a network.
//!
//! Everything above speaks in these types. This room imports nothing from the crate.

mod advice;
mod delivery;
mod directory;
mod hint;
mod key;
mod named;
mod pass;
mod permission;
mod problem;
mod source;
mod target;
pub mod target_state;
mod time;

pub use advice::{Advice, chain};
pub use delivery::{DeliveryState, Drift, DriftPolicy, Generation, Outcome, PhotoVersion, RecipeId, Trace};
pub use directory::DirectoryObject;
pub use hint::{Hint, Scope, Sign};
pub(crate) use named::named;
pub use pass::{PassCause, Stopped};
pub use permission::Permission;
pub use problem::{Problem, Reason};
pub use source::{Digest, Fingerprint, PathError, SourcePath};
pub use target::{Mailbox, ObjectId, Property, Reference, TargetId, TargetKind};
pub use time::Timestamp;
