//! A value that can't be is answered with what can: of every option and argument of every command.

use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory, Parser};

use super::args::Arguments;

/// Nothing that is counted, measured or chosen is called so.
const IMPOSSIBLE: [&str; 8] = ["?", "-1", "9x", "1.5.", "true", "99999999999999999999999", "nan", "/"];
/// A message has one of these where it says what can be.
const POSSIBLE: [&str; 7] =
    ["give a path", "nor a time (2026", "possible values:", "for example", "write it as", "`photosyncd ", "pixels"];

/// A value that another argument may have.
fn usual(arg: &Arg) -> &'static str {
    match arg.get_value_names().and_then(|names| names.first()).map(clap::builder::Str::as_str) {
        Some("PASS") => "7",
        Some("SHELL") => "bash",
        _ => "x",
    }
}

/// A command line in which this argument alone is odd.
fn line(command: &Command, odd: &Arg, value: &str) -> Vec<String> {
    let mut words = vec!["photosyncd".to_owned(), command.get_name().to_owned()];
    let mut positional = vec!["--".to_owned()];
    for arg in command.get_arguments().filter(|arg| arg.is_required_set() || arg.get_id() == odd.get_id()) {
        let value = if arg.get_id() == odd.get_id() { value } else { usual(arg) };
        match arg.get_long() {
            Some(long) => words.push(format!("--{long}={value}")),
            None => positional.push(value.to_owned()),
        }
    }
    words.into_iter().chain(positional).collect()
}

#[test]
fn every_impossible_value_is_told_with_the_option_and_what_is_possible() {
    let mut program = Arguments::command();
    program.build();
    let mut tried = std::collections::BTreeSet::new();
    for command in program.get_subcommands() {
        for arg in command.get_arguments().filter(|arg| arg.get_action().takes_values()) {
            for value in IMPOSSIBLE {
                let words = line(command, arg, value);
                let Err(error) = Arguments::try_parse_from(&words) else { continue };
                let told = error.to_string();
                let name =
                    arg.get_long().map_or_else(|| format!("{}", arg.get_value_names().unwrap()[0]), |long| format!("--{long}"));
                assert!(matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation), "{words:?}: {told}");
                assert!(told.contains(&name) && told.contains(value), "{words:?}: {told}");
                assert!(POSSIBLE.iter().any(|words| told.contains(words)), "{words:?}: {told}");
                tried.insert((command.get_name().to_owned(), name));
            }
        }
    }
    assert!(tried.len() > 20, "{tried:?}");
}
