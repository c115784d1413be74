//! `completions`: what a shell needs to complete our command line.

use clap::CommandFactory;

use super::args::{Arguments, CompletionsArgs};
use super::exit::{CliError, Exit};
use super::out::put;

#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run(options: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "photosyncd", &mut script);
    put!("{}", String::from_utf8_lossy(&script));
    Ok(Exit::InStep)
}
