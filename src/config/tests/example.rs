//! The example file names every key there is, each with its default.

use std::collections::BTreeSet;
use std::path::Path;

use serde_yaml::Value;

use super::shown;
use crate::config::Config;
use crate::config::fault::join;
use crate::config::load::parse_known;

fn example() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.yaml")).expect("the example file")
}

/// Paths of all keys; lists are not entered.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    for (key, value) in value.as_mapping().into_iter().flatten() {
        let path = join(path, key.as_str().expect("keys are text"));
        keys(value, &path, found);
        found.insert(path);
    }
}

#[test]
fn it_equals_an_empty_configuration() {
    let base = Path::new("/etc/photosyncd");
    let parse = |text: &str| Config::parse(text, "config.example.yaml", base, &|_| None);
    let example = parse(&example()).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(shown(&example), shown(&parse("source: { directory: tests/photos }").expect("good")));
}

#[test]
fn it_names_every_key_the_reader_asks_for_and_gives_each_its_default() {
    let text = example();
    let (_, known) = parse_known(&text, "config.example.yaml", Path::new("/"), &|_| None);
    let known: BTreeSet<String> = known.into_iter().map(|(key, _)| key).filter(|key| !key.contains('[')).collect();
    let mut named = BTreeSet::new();
    keys(&serde_yaml::from_str(&text).expect("YAML"), "", &mut named);
    assert_eq!(named, known);
    assert!(known.contains("upload.retry.give_up_after") && known.len() > 60, "{}", known.len());
}

#[test]
fn it_loads_from_the_disk_and_a_missing_one_is_named() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.yaml");
    let config = Config::load(&path, &|_| None).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.source.root, Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/photos"));
    let faults = Config::load(Path::new("/nonexistent/c.yaml"), &|_| None).expect_err("there is none");
    assert!(faults.to_string().starts_with("/nonexistent/c.yaml: cannot be read: No such file"), "{faults}");
}
