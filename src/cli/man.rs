//! `man`: the manual pages. Those of commands are made from the words of `--help`, the others from the help topics.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::args::{self, Arguments};
use super::exit::{CliError, Exit};
use super::help::{self, TOPICS, Topic};
use super::out::put;
use crate::files::Output;

pub(super) fn run(options: &args::ManArgs) -> Result<Exit, CliError> {
    let mut program = Arguments::command();
    // Gives commands their full names and the global options.
    program.build();
    match &options.out {
        None => put!("{}", page(&program)?),
        Some(directory) => write_all(&program, directory)?,
    }
    Ok(Exit::InStep)
}

fn write_all(program: &Command, directory: &Path) -> Result<(), CliError> {
    let mut output = Output::create(directory)?;
    let mut write = |name: String, text: String| output.write(&name, text.as_bytes());
    write("photosyncd.1".to_owned(), page(program)?)?;
    for command in program.get_subcommands() {
        let text = format!("{}{}", of_command(command)?, see_also(None));
        write(format!("photosyncd-{}.1", command.get_name()), text)?;
    }
    for topic in others() {
        write(format!("{}.{}", topic.page, topic.section), format!("{}{}", help::page(topic), see_also(Some(topic))))?;
    }
    Ok(())
}

/// The page of the program: what it is, its options, and the topic that goes with them.
fn page(program: &Command) -> Result<String, CliError> {
    let mut roff = Vec::new();
    let man = titled(program);
    let parts = [Man::render_title, Man::render_name_section, Man::render_synopsis_section, Man::render_options_section];
    for part in parts {
        part(&man, &mut roff).map_err(unmade)?;
    }
    let sections: String = TOPICS.iter().filter(|topic| topic.section == "1").map(help::sections).collect();
    Ok(format!("{}{sections}{}", String::from_utf8_lossy(&roff), see_also(None)))
}

/// Topics with a page of their own.
fn others() -> impl Iterator<Item = &'static Topic> {
    TOPICS.iter().filter(|topic| topic.section != "1")
}

fn of_command(command: &Command) -> Result<String, CliError> {
    let mut roff = Vec::new();
    titled(command).render(&mut roff).map_err(unmade)?;
    Ok(String::from_utf8_lossy(&roff).into_owned())
}

fn titled(command: &Command) -> Man {
    Man::new(command.clone()).source(concat!("photosyncd ", env!("CARGO_PKG_VERSION"))).manual("photosyncd")
}

fn unmade(error: std::io::Error) -> CliError {
    CliError::internal("the manual page cannot be made", error)
}

/// The end of a page: the other ones.
fn see_also(topic: Option<&Topic>) -> String {
    let pages = TOPICS.iter().filter(|other| topic.is_none_or(|topic| topic.page != other.page));
    let names: Vec<String> = pages.map(|topic| format!("{}({})", topic.page, topic.section)).collect();
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]).text([roman(names.join(", "))]);
    roff.render()
}
