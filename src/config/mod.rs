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
mod given;
mod graph;
mod ledger;
mod load;
mod mapping;
mod photo;
mod reader;
mod safety;
pub mod secret;
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
mod words;

pub use build::{BuildError, Built, build};
pub use credential::{Credential, SecretSource};
pub use fault::{Fault, Faults, Place};
pub use graph::{CloudName, Graph};
pub use ledger::Ledger;
pub use load::Config;
pub use mapping::Mapping;
pub use photo::Photo;
pub use safety::{Backup, Drift, Guard, OptOut, Removal, Scope, WhenFileDisappears};
pub use secret::SecretError;
pub use service::{Log, LogFormat, LogLevel, Notify, Service, Webhook};
pub use sign_in::kinds;
pub use source::Source;
pub use units::parse_span;
pub use upload::{Retry, Upload};
pub use watch::{settle_settings, watch_settings};

/// Asks the environment for a variable; none when it is not set.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;
