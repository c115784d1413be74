//! From references to objects: asks the directory in batches, by sweeps and by what changed since; who is in scope, and
//! who has no photo. It must not know files, pictures or the upload queue.

mod accounts;
mod asked;
mod directory;
mod error;
mod names;
mod nearest;
mod people;
mod question;
mod resolve;
mod scope;
mod sweep;
mod tenant;
mod watch_link;
mod watched;

pub(crate) use directory::{Directory, ScopeSettings};
pub(crate) use error::LookupError;
pub(crate) use people::with_file;
pub(crate) use resolve::{RESTING, Resolution, ResolveContext};
pub(crate) use scope::ScopeError;
pub(crate) use sweep::SWEEP_FROM;
pub(crate) use tenant::TenantClient;
pub(crate) use watched::Watched;
