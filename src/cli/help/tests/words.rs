//! The words that the page of JSON lists for a field, against the types that they are words of.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Parser};

use super::topic;
use crate::model::{Reason, Stopped};
use crate::status::{ConditionKind, WatchMethod};

/// The words in code of an item of a section, but those that are no values of the field.
fn listed(heading: &str, field: &str, others: &[&str]) -> BTreeSet<String> {
    let page = topic("json").text;
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let mut items = section.split("\n- ").flat_map(|item| item.split("\n  - "));
    let item =
        items.find(|item| item.starts_with('`') && item.split(':').next().unwrap().contains(&format!("`{field}`"))).unwrap();
    let codes = Parser::new(item).filter_map(|event| if let Event::Code(word) = event { Some(word.into_string()) } else { None });
    codes.filter(|word| word != field && !others.contains(&word.as_str())).collect()
}

fn set<'w>(words: impl Iterator<Item = &'w str>) -> BTreeSet<String> {
    words.map(str::to_owned).collect()
}

#[test]
fn every_condition_is_listed_and_none_that_does_not_exist() {
    let others = ["reason", "message", "since", "/readyz", "photosyncd_condition", "photosyncd status"];
    assert_eq!(listed("status.json", "conditions", &others), set(ConditionKind::all().map(ConditionKind::name)));
    let announced = ConditionKind::all().filter(|kind| !kind.has_own_event()).map(ConditionKind::name);
    assert_eq!(listed("Webhooks", "condition_began", &["condition_ended", "name", "lasted_s"]), set(announced));
}

#[test]
fn every_word_of_a_field_is_listed() {
    let states = set(WatchMethod::ALL.iter().map(|state| state.as_str()));
    assert_eq!(listed("status.json", "watch", &["state", "detail", "since"]), states);
    // That a group does not exist ends only what asks for it.
    let stops = Stopped::ALL.iter().filter(|stop| **stop != Stopped::Group);
    assert_eq!(listed("reconcile, rehearse", "stopped", &[]), set(stops.map(|stop| stop.as_str())));
    let fields =
        ["reason", "count", "files", "needs_person", "who", "since", "until", "cure", "examples", "path", "target", "detail"];
    let actors = set(Reason::ALL.iter().map(|reason| reason.actor().as_str()));
    assert_eq!(listed("reconcile, rehearse", "causes", &fields), actors);
}
