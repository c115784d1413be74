//! The reference says what the program does: every command, option, setting, reason, guard, exit code and field, and none
//! that does not exist.

mod command_lines;
mod fields;
mod namings;
mod settings;
mod words;

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::blocks::{self, Block, Item, Span};
use super::show;
use super::topics::{TOPICS, Topic};
use crate::cli::doctor::CHECKS;
use crate::cli::terminal::TextStyle;
use crate::model::Reason;
use crate::plan::Guard;

fn topic(name: &str) -> &'static Topic {
    Topic::find(name).unwrap()
}

/// The blocks below a heading, up to the next of its depth.
fn section(topic: &Topic, heading: &str) -> Vec<Block> {
    let is_named = |block: &Block| matches!(block, Block::Heading(2, spans) if *spans == [Span::Plain(heading.to_owned())]);
    let blocks = blocks::read(topic.text);
    let mut rest = blocks.into_iter().skip_while(|block| !is_named(block));
    assert!(rest.next().is_some(), "{} has no heading {heading}", topic.page);
    rest.take_while(|block| !matches!(block, Block::Heading(2, _))).collect()
}

/// What the items of a section define, one by one.
fn defined(topic: &Topic, heading: &str) -> Vec<String> {
    let Some(Block::List(items)) = section(topic, heading).into_iter().find(|block| matches!(block, Block::List(_))) else {
        panic!("{heading} of {} has no list", topic.page)
    };
    items.iter().flat_map(Item::words).map(str::to_owned).collect()
}

/// Each once.
#[track_caller]
fn set<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in words {
        assert!(found.insert(word.as_ref().to_owned()), "{} is explained twice", word.as_ref());
    }
    found
}

#[test]
fn every_page_holds_only_what_both_forms_can_show() {
    for topic in TOPICS {
        for event in Parser::new(topic.text) {
            let known = matches!(
                event,
                Event::Start(Tag::Heading { .. } | Tag::Paragraph | Tag::CodeBlock(_) | Tag::List(_) | Tag::Item | Tag::Strong)
                    | Event::End(
                        TagEnd::Heading(_)
                            | TagEnd::Paragraph
                            | TagEnd::CodeBlock
                            | TagEnd::List(_)
                            | TagEnd::Item
                            | TagEnd::Strong
                    )
                    | Event::Text(_)
                    | Event::Code(_)
                    | Event::SoftBreak
            );
            assert!(known, "{}: {event:?}", topic.page);
        }
        let first = topic.text.lines().next().unwrap();
        assert!(first.starts_with(&format!("# {} - ", topic.page)), "{first}");
    }
}

#[test]
fn every_reason_is_explained_once() {
    let headings =
        ["The file", "The person, group, team or contact", "The picture", "Microsoft 365", "Photos that are left alone"];
    let told = headings.into_iter().flat_map(|heading| defined(topic("reasons"), heading));
    assert_eq!(set(told), set(Reason::ALL.iter().map(|reason| reason.as_str())));
}

#[test]
fn every_guard_is_explained_once_and_whether_it_can_be_forced() {
    assert_eq!(set(defined(topic("operations"), "Guards")), set(Guard::ALL.iter().map(|guard| guard.as_str())));
    let page = blocks::items(blocks::read(topic("operations").text));
    for guard in Guard::ALL {
        let item = page.iter().find(|item| item.defines(guard.as_str())).unwrap();
        let words = show::blocks(TextStyle::plain(None), &item.body);
        assert_eq!(words.contains("Cannot be forced"), !guard.may_be_forced(), "{guard:?}");
    }
}

#[test]
fn every_exit_code_is_explained_once() {
    let source = include_str!("../../exit.rs").lines();
    let codes = source.filter_map(|line| line.strip_prefix("    ")?.strip_suffix(',')?.split_once(" = "));
    let codes: Vec<&str> = codes.filter(|(_, code)| code.parse::<u8>().is_ok()).map(|(_, code)| code).collect();
    assert!(codes.len() > 6, "{codes:?}");
    assert_eq!(set(defined(topic("commands"), "Exit status")), set(codes));
}

#[test]
fn every_check_of_doctor_is_explained_once() {
    assert_eq!(set(defined(topic("commands"), "Checks of doctor")), set(CHECKS.iter().map(|(check, _)| *check)));
    for (check, page) in CHECKS {
        assert!(Topic::find(page).is_some(), "{check} leads to {page}");
    }
}

#[test]
fn a_page_is_found_by_each_of_its_names_and_a_word_by_what_explains_it() {
    for name in ["config", "photosyncd.yaml", "photosyncd.yaml(5)", "Config"] {
        assert_eq!(Topic::find(name).unwrap().page, "photosyncd.yaml");
    }
    assert!(Topic::find("photo.crop").is_none());
    for (word, page) in [("photo.crop", "config"), ("no_mailbox", "reasons"), ("photosyncd_ready", "json"), ("{ext}", "mapping")]
    {
        let found: Vec<&str> = super::entries(word).into_iter().map(|(topic, _)| topic.name).collect();
        assert_eq!(found, [page], "{word}");
    }
    for (word, page) in [("pace", "operations"), ("Metrics", "json"), ("exit", "commands")] {
        let found = super::parts(word);
        assert_eq!(found.len(), 1, "{word}");
        assert!(found[0].0.name == page && found[0].1.len() > 1, "{word}");
    }
}

#[test]
fn a_terminal_shows_headings_terms_lists_and_code() {
    let text = "# page - what\n\n## A part\n\nOne `code`\nline.\n\n- `key` (3s): What **it\n  does**, in words.\n  - `--flag`: within\n\n1. first\n2. second\n\n```\n  as it is\n```\n";
    let shown = show::blocks(TextStyle::plain(Some(30)), &blocks::read(text));
    let wanted = "page - what\n\nA PART\n\nOne `code` line.\n\nkey (3s)\n    What it does, in words.\n\n    --flag\n        within\n\n1. first\n2. second\n\n      as it is\n";
    assert_eq!(shown, wanted);
}

#[test]
fn a_manual_page_has_a_name_sections_and_nothing_that_is_obeyed_by_chance() {
    for topic in TOPICS {
        let page = super::page(topic);
        assert!(page.contains(&format!(".TH {} {} ", topic.page, topic.section)), "{}", topic.page);
        assert!(page.contains(".SH NAME\n"), "{}", topic.page);
        for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
            let request = line.split(' ').next().unwrap();
            let known = [".ie", ".el", ".TH", ".SH", ".SS", ".PP", ".TP", ".RS", ".RE", ".nf", ".fi", ".nh", ".ad"];
            assert!(known.contains(&request), "{}: {line}", topic.page);
        }
    }
}
