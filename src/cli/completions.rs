//! `completions`: what a shell needs to complete our command line.

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};

use super::args::{Arguments, CompletionsArgs};
use super::exit::{CliError, Exit};
use super::help::TOPICS;
use super::out::put;
use crate::model::Reason;

#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run(options: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command(), "photosyncd", &mut script);
    put!("{}", String::from_utf8_lossy(&script));
    Ok(Exit::InStep)
}

/// Our command line, with the words that an argument may be. Those are not told to the one that reads arguments: its own
/// refusals propose near ones.
fn command() -> Command {
    let reasons = PossibleValuesParser::new(Reason::ALL.iter().map(|reason| reason.as_str()));
    let topics = PossibleValuesParser::new(TOPICS.iter().map(|topic| topic.name));
    Arguments::command()
        .mut_subcommand("status", |status| status.mut_arg("reason", |reason| reason.value_parser(reasons)))
        .mut_subcommand("help", |help| help.mut_arg("topic", |topic| topic.value_parser(topics)))
}
