//! `help`: the reference, a topic a page. Each topic is one Markdown file, which a terminal shows and of which `man` makes a
//! manual page, so that both always say the same.

mod blocks;
mod roff;
mod show;
#[cfg(test)]
mod tests;
mod topics;

use clap::CommandFactory;

use super::args::{Arguments, HelpArgs};
use super::exit::{CliError, Exit};
use super::out::put;
use super::terminal::TextStyle;
use blocks::Block;
pub(super) use roff::{page, sections};
pub(super) use topics::{TOPICS, Topic};

/// Columns where standard output is no terminal: long lines are hard to read in a pager, too.
const WIDTH: usize = 80;

pub(super) fn run(options: &HelpArgs) -> Result<Exit, CliError> {
    let style = TextStyle::stdout().at_most(WIDTH);
    let mut program = Arguments::command();
    // Gives commands their full names and the global options.
    program.build();
    let Some(word) = &options.topic else {
        put!("{}", program.render_long_help());
        return Ok(Exit::InStep);
    };
    if let Some(topic) = Topic::find(word) {
        put!("{}", show::blocks(style, &blocks::read(topic.text)));
        return Ok(Exit::InStep);
    }
    if let Some(command) = program.find_subcommand_mut(word) {
        put!("{}", command.render_long_help());
        return Ok(Exit::InStep);
    }
    let (entries, parts) = (entries(word), parts(word));
    if entries.is_empty() && parts.is_empty() {
        let topics: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
        let words = format!(
            "there is no help for {word:?}. Give a command, a setting (photo.crop), a reason (no_mailbox) or a topic: {}",
            topics.join(", ")
        );
        return Err(CliError::new(Exit::Usage, words));
    }
    let entries: Vec<_> = entries.into_iter().map(|(topic, entry)| (topic, vec![Block::List(vec![entry])])).collect();
    for (topic, blocks) in if entries.is_empty() { parts } else { entries } {
        put!("{}\n", show::blocks(style, &blocks));
        put!("{}", style.paragraph("", &format!("From: photosyncd help {}", topic.name)));
    }
    Ok(Exit::InStep)
}

/// The entries of all topics that define this word: a setting, a reason, a guard, a metric, a field.
fn entries(word: &str) -> Vec<(&'static Topic, blocks::Item)> {
    let of_topic = |topic: &'static Topic| {
        let found = blocks::items(blocks::read(topic.text)).into_iter().filter(|item| item.defines(word));
        found.map(|item| (topic, item)).collect::<Vec<_>>()
    };
    TOPICS.iter().flat_map(of_topic).collect()
}

/// What a setting is for, in plain text.
pub(super) fn about(setting: &str) -> Option<String> {
    let items = blocks::items(blocks::read(Topic::find("config")?.text));
    let item = items.into_iter().find(|item| item.defines(setting))?;
    item.body.iter().find_map(|block| if let Block::Paragraph(spans) = block { Some(show::text(spans)) } else { None })
}

/// The parts of all topics whose headings hold this word.
fn parts(word: &str) -> Vec<(&'static Topic, Vec<Block>)> {
    let mut found = Vec::new();
    for topic in TOPICS {
        let mut is_meant = false;
        for block in blocks::read(topic.text) {
            if let Block::Heading(2, spans) = &block {
                let heading: String = spans.iter().map(|span| span.text().to_lowercase()).collect();
                let mut words = heading.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
                is_meant = words.any(|each| each == word.to_lowercase());
                if is_meant {
                    found.push((topic, Vec::new()));
                }
            }
            if let Some((_, part)) = found.last_mut().filter(|_| is_meant) {
                part.push(block);
            }
        }
    }
    found
}
