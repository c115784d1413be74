//! The configuration file: YAML in, [`Config`] or every fault at once out.
//!
//! Parsing is pure: the environment and the file's directory come in as arguments, and each section is read straight into
//! the settings of the room that it is for. [`Config::load`] reads the one file, [`secret::read_secret`] reads one secret when
//! sign-in asks for it; nothing else here touches the world. It must not know how a setting is used: it opens no
//! directory, ledger or socket, and resolves no name. [`build()`] is the second step: it reads the secret and opens what
//! the settings name.
//!
//! A key exists because a group's `read` asks its `reader::Section` for it: whatever nobody asked for is unknown.

mod backup;
mod build;
mod build_error;
mod credential;
mod defaults;
mod deliver;
mod document;
mod drift;
mod edit;
mod expand;
mod fault;
mod graph;
mod guard;
mod keyword;
mod ledger;
mod load;
mod log;
mod mapping;
mod mapping_table;
mod node;
mod notify;
mod outline;
mod photo;
mod policies;
mod range;
mod reader;
mod removal;
mod report;
mod rule_extra;
mod scalar;
mod schema;
mod scope;
mod secret;
mod service;
mod shape;
mod sign_in;
mod source;
mod suggest;
#[cfg(test)]
mod tests;
mod units;
mod upload;

pub use build::Built;
pub(crate) use build::{build, check, embedded, identity, instance, pass, preparer, scanner, tenant};
pub(crate) use build_error::BuildError;
pub(crate) use credential::{CredentialSource, SecretSource};
pub(crate) use edit::{ConfigEntry, EditError, with_entries};
pub(crate) use expand::Env;
pub(crate) use fault::ConfigFaults;
pub(crate) use graph::CloudName;
pub(crate) use load::Config;
pub(crate) use log::LogFormat;
pub(crate) use rule_extra::{RuleExtra, rule_extras};
pub(crate) use schema::schema;
pub(crate) use secret::SecretCheck;
pub(crate) use sign_in::target_kinds;
pub use units::parse_duration;
