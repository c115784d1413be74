//! The tenant in memory: entries, memberships, photo slots and their pictures; read from a seed, or made from references.
//! It knows nothing of HTTP.

mod entry;
mod from_references;
mod ids;
pub(super) mod jpeg;
mod members;
mod photos;
mod quirks;
mod seed;
mod store;

pub(super) use entry::MailboxState;
pub use entry::{Entry, EntryKind, TeamState};
pub(super) use ids::guid;
pub use photos::Photo;
pub(super) use photos::{LARGEST, SMALLEST, Slot, SlotKind};
pub use quirks::{DeltaExpiry, MissingPhoto, Quirks};
pub use store::Tenant;
pub(super) use store::{Listing, NOWHERE};
