//! The page of the configuration against the example, which is held to the parser.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::{blocks, topic};
use crate::cli::help::blocks::{Head, Item, Span};

/// Keys that have values, with them.
fn leaves(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    for (key, value) in value.as_mapping().unwrap() {
        let path = format!("{path}{}", key.as_str().unwrap());
        if value.is_mapping() {
            leaves(value, &format!("{path}."), found);
        } else {
            found.insert(path, value.clone());
        }
    }
}

/// The setting that an item explains, and the default that it gives.
fn setting(item: &Item) -> Option<(&str, String)> {
    let Head::Term(term) = &item.head else { return None };
    let (Span::Code(key), rest) = term.split_first()? else { return None };
    let rest: String = rest.iter().map(Span::text).collect();
    let default = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
    // Only this one stands in no section.
    (key.contains('.') || key == "defaults").then(|| (key.as_str(), default.to_owned()))
}

#[test]
fn every_setting_is_explained_once_with_its_default() {
    let mut wanted = BTreeMap::new();
    leaves(&serde_yaml::from_str(include_str!("../../../../config.example.yaml")).unwrap(), "", &mut wanted);
    let items = blocks::items(blocks::read(topic("config").text));
    let mut explained = Vec::new();
    for (key, default) in items.iter().filter_map(setting).filter(|(key, _)| !key.contains(' ')) {
        let example = wanted.get(key).unwrap_or_else(|| panic!("{key} is no setting"));
        match key {
            // These can't be left out, or are too long for a line.
            "source.directory" | "mapping.rules" => {}
            _ => assert_eq!(serde_yaml::from_str::<Value>(&default).unwrap(), *example, "{key}"),
        }
        explained.push(key);
    }
    assert_eq!(super::set(&explained), super::set(wanted.keys()));
}
