//! `completions`: what a shell needs to complete our command line. Its script asks the program itself, which knows the
//! targets and files of the ledger.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use super::args::{Arguments, CompletionsArgs};
use super::exit::{CliError, Exit};
use super::help::TOPICS;
use super::out::put;
use super::setup;
use crate::config::Config;
use crate::ledger::Reader;
use crate::model::{Reason, is_obeyed};

/// Set by the scripts when they ask.
const ASKED: &str = "PHOTOSYNCD_COMPLETE";
/// As the usage calls what the ledger has names for.
const NAMED: [&str; 2] = ["TARGET", "PATH_OR_TARGET"];
/// More names than this help nobody to choose.
const MOST: u32 = 200;
/// What bash lacks: it parts words at the `@` of addresses, and takes blanks in names for the ends of words.
const BASH: &str = include_str!("completions.bash");

pub(super) fn run(options: &CompletionsArgs) -> Result<Exit, CliError> {
    let failed = |error: std::io::Error| CliError::internal("the script can't be made", error);
    let name = options.shell.to_string();
    let shells = Shells::builtins();
    let shell = shells.completer(&name).ok_or_else(|| failed(std::io::ErrorKind::Unsupported.into()))?;
    let mut script = Vec::new();
    shell.write_registration(ASKED, "photosyncd", "photosyncd", "photosyncd", &mut script).map_err(failed)?;
    put!("{}", String::from_utf8_lossy(&script));
    if name == "bash" {
        put!("{BASH}");
    }
    Ok(Exit::InStep)
}

/// Answers the script of a shell, if it is one that runs us.
pub fn complete() -> bool {
    let place = std::env::current_dir().ok();
    CompleteEnv::with_factory(command).var(ASKED).try_complete(std::env::args_os(), place.as_deref()).unwrap_or(true)
}

/// Our command line, with the words that an argument may be. Those are not told to the one that reads arguments: its own
/// refusals propose near ones.
fn command() -> Command {
    let reasons = PossibleValuesParser::new(Reason::ALL.iter().map(|reason| reason.as_str()));
    let topics = PossibleValuesParser::new(TOPICS.iter().map(|topic| topic.name));
    Arguments::command()
        .mut_subcommand("status", |status| status.mut_arg("reason", |reason| reason.value_parser(reasons)))
        .mut_subcommand("help", |help| help.mut_arg("topic", |topic| topic.value_parser(topics)))
        .mut_subcommands(|command| command.mut_args(with_names))
}

fn with_names(argument: Arg) -> Arg {
    let is_named = argument.get_value_names().is_some_and(|names| names.iter().any(|name| NAMED.contains(&name.as_str())));
    if is_named { argument.add(ArgValueCompleter::new(names)) } else { argument }
}

/// Targets and files that begin so. Nobody can be told of a fault here: then there are none.
fn names(begin: &OsStr) -> Vec<CompletionCandidate> {
    let found = || {
        let ledger = Config::remains(&configuration()?, &setup::env)?.ledger.path;
        Reader::open(&ledger).ok()?.names_beginning(begin.to_str()?, MOST).ok()
    };
    let found: BTreeSet<String> = found().unwrap_or_default().into_iter().collect();
    // What steers a terminal can't be typed either.
    found.into_iter().filter(|name| !name.chars().any(is_obeyed)).map(CompletionCandidate::new).collect()
}

/// The configuration that the line so far names.
fn configuration() -> Option<PathBuf> {
    let line = std::env::args_os().skip_while(|word| word != "--").skip(1);
    let matches = Arguments::command().ignore_errors(true).try_get_matches_from(line).ok()?;
    matches.get_one::<PathBuf>("config").cloned()
}
