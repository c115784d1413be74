//! What is to be typed can be typed; every command and option is explained.

use std::collections::BTreeSet;

use clap::error::ErrorKind;
use clap::{Command, CommandFactory, Parser};

use super::{Block, TOPICS, blocks, section, topic};
use crate::cli::args::Arguments;
use crate::cli::help::blocks::Item;

/// Lines that call the program, without what a shell does with them.
fn calls(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let mut found = Vec::new();
    let mut in_code = false;
    for line in joined.lines() {
        in_code ^= line.trim_start().starts_with("```");
        // Between backticks, or in a block.
        let pieces: Vec<&str> = if in_code { vec![line.trim()] } else { line.split('`').skip(1).step_by(2).collect() };
        for piece in pieces {
            let piece = piece.split(" #").next().unwrap_or_default().trim();
            let Some(at) = piece.match_indices("photosyncd ").map(|(at, _)| at).last() else { continue };
            let before = &piece[..at];
            if before.is_empty() || before.ends_with("-u photosyncd ") {
                found.push(piece[at..].to_owned());
            }
        }
    }
    found
}

#[test]
fn every_line_that_calls_the_program_is_understood() {
    let readme = include_str!("../../../../README.md");
    let mut seen = 0;
    for text in TOPICS.iter().map(|topic| topic.text).chain([readme]) {
        for call in calls(text) {
            // What stands for something else.
            let words: Vec<&str> = call
                .split_whitespace()
                .map(|word| match word {
                    "PASS" => "7",
                    "SHELL" => "bash",
                    word => word,
                })
                .collect();
            if words.iter().any(|word| ["COMMAND", "…", "..."].contains(word) || word.starts_with('[')) {
                continue;
            }
            if let Err(error) = Arguments::try_parse_from(&words) {
                let is_mention = words.len() == 2 && error.kind() == ErrorKind::MissingRequiredArgument;
                assert!(is_mention || error.kind() == ErrorKind::DisplayHelp, "{call}: {error}");
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

fn options(command: &Command) -> BTreeSet<String> {
    let long = |arg: &clap::Arg| arg.get_long().map(|long| format!("--{long}"));
    command.get_arguments().filter(|arg| !arg.is_global_set()).filter_map(long).collect()
}

/// The words that begin with two hyphens among what items define.
fn explained(items: &[Item]) -> BTreeSet<String> {
    let first = |word: &str| word.split(' ').next().unwrap_or_default().to_owned();
    items.iter().flat_map(Item::words).map(first).filter(|word| word.starts_with("--")).collect()
}

#[test]
fn every_command_and_option_is_explained() {
    let mut program = Arguments::command();
    program.build();
    let page = section(topic("commands"), "Commands");
    let mut lists = page.into_iter().filter_map(|block| if let Block::List(items) = block { Some(items) } else { None });
    let (of_commands, of_all) = (lists.next().unwrap(), lists.next().unwrap());
    let name = |item: &Item| item.words().next().unwrap().split(' ').next().unwrap().to_owned();
    let names: Vec<String> = of_commands.iter().map(name).collect();
    assert_eq!(super::set(&names), super::set(program.get_subcommands().map(Command::get_name)));
    for item in &of_commands {
        let command = program.find_subcommand(name(item)).unwrap();
        let mut wanted = options(command);
        wanted.remove("--help");
        assert_eq!(explained(&blocks::items(item.body.clone())), wanted, "{}", command.get_name());
    }
    let global = program.get_arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}"));
    assert_eq!(explained(&of_all), global.collect());
}
