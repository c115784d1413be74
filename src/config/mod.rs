//! The configuration file: YAML in, [`Config`] or every fault at once out.
//!
//! Parsing is pure: the environment and the file's directory come in as arguments, and each section is read straight into
//! the settings of the room that it is for. [`Config::load`] reads the one file, [`secret::read`] reads one secret when
//! sign-in asks for it; nothing else here touches the world. It must not know how a setting is used: it opens no
//! directory, ledger or socket, and resolves no name. [`build()`] is the second step: it reads the secret and opens what
//! the settings name.
//!
//! A key exists because a group's `read` asks its `reader::Section` for it: whatever nobody asked for is unknown.

mod backup;
mod build;
mod credential;
mod document;
mod drift;
mod expand;
mod fault;
mod graph;
mod guard;
mod keyword;
mod ledger;
mod load;
mod mapping;
mod node;
mod photo;
mod reader;
mod removal;
mod scalar;
mod scope;
pub(crate) mod secret;
mod service;
mod sign_in;
mod source;
mod suggest;
mod table;
#[cfg(test)]
mod tests;
mod units;
mod upload;

pub use build::Built;
pub(crate) use build::{BuildError, build};
pub(crate) use credential::{Credential, SecretSource};
pub(crate) use fault::ConfigFaults;
pub(crate) use graph::{CloudName, Graph};
pub(crate) use ledger::Ledger;
pub(crate) use load::Config;
pub(crate) use secret::SecretError;
pub(crate) use service::{Log, LogFormat, Notify, Service};
pub(crate) use sign_in::kinds;
pub use units::parse_duration;

/// Asks the environment for a variable; none when it is not set.
pub(crate) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;
