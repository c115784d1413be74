//! `schema`: what an editor needs to complete and check the configuration.

use super::exit::{CliError, Exit};
use super::help;
use super::out::put;
use crate::config;

#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run() -> Result<Exit, CliError> {
    put!("{:#}\n", config::schema(help::about));
    Ok(Exit::InStep)
}
