//! The configuration file as plain data: YAML in, [`Config`] or every fault at once out.
//!
//! Parsing is pure: the environment and the file's directory come in as arguments. [`Config::load`] reads the
//! one file, [`secret::read`] reads one secret when sign-in asks for it; nothing else here touches the world.
//! The parsing must not know how a setting is used: it opens no directory, ledger or socket, and resolves no name.
//! [`build()`] is the second step: it turns the checked data into the other rooms' own settings and reads the secret.
//!
//! A key exists because a group's `read` asks its `reader::Section` for it: whatever nobody asked for is unknown.

mod build;
mod credential;
mod document;
mod expand;
mod fault;
mod graph;
mod keyword;
mod ledger;
mod load;
mod mapping;
mod node;
mod photo;
mod reader;
mod safety;
mod scalar;
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
mod watch;

pub use build::Built;
pub(crate) use build::{BuildError, build};
pub(crate) use credential::{Credential, SecretSource};
pub(crate) use fault::ConfigFaults;
pub(crate) use graph::{CloudName, Graph};
pub(crate) use ledger::Ledger;
pub(crate) use load::Config;
pub(crate) use mapping::Mapping;
pub(crate) use photo::Photo;
pub(crate) use safety::{Backup, Drift, Guard, OptOut, Removal, Scope, WhenFileDisappears};
pub(crate) use secret::SecretError;
pub(crate) use service::{Log, LogFormat, LogLevel, Notify, Service};
pub(crate) use sign_in::kinds;
pub(crate) use source::Source;
pub use units::parse_duration;
pub(crate) use upload::Upload;
pub(crate) use watch::{settle_settings, watch_settings};

/// Asks the environment for a variable; none when it is not set.
pub(crate) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;
