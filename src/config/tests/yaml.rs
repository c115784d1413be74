//! Any text whatever: read as YAML says, or refused in a few words, in bounded time and memory.

use proptest::prelude::*;
use serde_yaml::Value;

use super::{faults, parse, shown};
use crate::config::document::YamlDocument;
use crate::config::node::Node;

/// Lists of lists of lists, each named nine times in the next: ten to the ninth in a few hundred bytes.
fn bomb() -> String {
    let mut bomb = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for pair in "abcdefghi".as_bytes().windows(2) {
        let (before, name) = (char::from(pair[0]), char::from(pair[1]));
        bomb.extend([format!("{name}: &{name} ["), vec![format!("*{before}"); 9].join(", "), "]\n".to_owned()]);
    }
    bomb
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// Each list holds the one before: as deep as it is long, though no bracket lies deep.
fn chain() -> String {
    format!("- &a0 [1]\n{}", lines(20_000, |link| format!("- &a{} [*a{link}]\n", link + 1)))
}

#[test]
fn hostile_files_end_in_one_fault_that_says_why() {
    let many = 1 << 17;
    let (deep, large, bare) = ("levels deep", "more than a configuration can", "not valid YAML");
    for (text, wanted) in [
        ("[".repeat(many), bare),
        ("{a: ".repeat(many), bare),
        ("- ".repeat(many), deep),
        ("? ".repeat(many), deep),
        (lines(500, |level| format!("{}a:\n", " ".repeat(level))), deep),
        (chain(), deep),
        (bomb(), large),
        (format!("a: [{}]", "1,".repeat(many * 2)), large),
        (format!("a: &a {}\nb: [{}]", "x".repeat(many), "*a, ".repeat(100)), large),
        ("&a a: &b 1\n".repeat(many), large),
        (format!("source: {{ directory: p }}\n{}: 1", "k".repeat(many)), bare),
        (format!("a: \"{}", "x".repeat(many)), bare),
        ("source: { directory: p }\n\0photo: {}\n".to_owned(), "c.yaml:2:1: this is not valid YAML: the character U+0000"),
        ("source: { directory: p }\r\nphoto: \u{1b}\r\n".to_owned(), "c.yaml:2:8: this is not valid YAML: the character U+001B"),
        ("s\0o\0u\0r\0c\0e\0:\0".to_owned(), "save the file as UTF-8 text"),
        ("source: { directory: \u{FEFF}p }".to_owned(), "byte order mark"),
    ] {
        let found = faults(&text);
        let start: String = text.chars().take(40).collect();
        assert!(found.lines().count() == 1 && found.len() < 1_200 && found.contains(wanted), "{start:?}: {found}");
    }
}

#[test]
fn a_flood_of_faults_is_counted_and_its_first_thousand_told() {
    let keys = lines(3_000, |key| format!("key{key}: 1\n"));
    let twice = "photo: {}\n".repeat(2_000);
    for (text, more) in [(&keys, 2_000), (&twice, 999), (&format!("{keys}{twice}"), 3_999)] {
        let found = faults(&format!("source: {{ directory: p }}\n{text}"));
        assert_eq!(found.lines().count(), 1_001);
        assert_eq!(found.lines().last(), Some(format!("c.yaml: has {more} more faults; correct these first").as_str()));
    }
    let long =
        faults(&format!("source: {{ directory: p }}\nlog: {{ level: {0}, \"{1}\": 1 }}", "x".repeat(5_000), "k".repeat(900)));
    assert!(long.lines().count() == 2 && long.len() < 1_400, "{long}");
}

#[test]
fn aliases_repeat_what_they_name_and_blocks_end_without_their_line_break() {
    let plain = "source: { directory: /a, ignore: [x] }\nscope: { include_groups: [x] }\nledger: { path: /a }\n";
    let other =
        "source:\n  directory: &a >-\n    /a\n  ignore: &list [x]\nscope: { include_groups: *list }\nledger:\n  path: *a\n";
    let block = "ledger:\n  path: |\n    /a\nscope: { include_groups: [x] }\nsource:\n  ignore:\n  - x\n  directory: >\n    /a";
    let wanted = shown(&parse(plain).expect("good"));
    for text in [other, block] {
        assert_eq!(shown(&parse(text).expect("good")), wanted, "{text}");
    }
}

/// Whether they say the same, apart from the line break at the end of blocks.
fn same(node: &Node, value: &Value) -> bool {
    let same_text = |own: &str, text: &str| own == text || own == text.trim_end_matches('\n');
    match (node, value) {
        (Node::Null, Value::Null) | (Node::Tagged, Value::Tagged(_)) => true,
        (Node::Bool(own), Value::Bool(other)) => own == other,
        (Node::Number(own), Value::Number(other)) => own == other,
        (Node::Text(own), Value::String(other)) => same_text(own, other),
        (Node::List(own), Value::Sequence(other)) => {
            own.len() == other.len() && own.iter().zip(other).all(|((_, own), other)| same(own, other))
        }
        (Node::Section(own), Value::Mapping(other)) => {
            let name = |key: &Value| match key {
                Value::String(text) if text.trim_end_matches('\n').is_empty() => "\"\"".to_owned(),
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(yes) => yes.to_string(),
                Value::Null => "null".to_owned(),
                _ => "?".to_owned(),
            };
            let found = |key: &Value, value: &Value| {
                own.iter().any(|(own, entry)| same_text(own.name(), &name(key)) && same(&entry.value, value))
            };
            own.len() == other.len() && other.iter().all(|(key, value)| found(key, value))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(2_000))]
    /// Two parsers that share no code: where both take a text, they must take it for the same.
    #[test]
    fn random_texts_mean_what_serde_yaml_says_they_mean(
        text in "(a|b|key|: |:|\\n|\\n  |\\n    |\\n- |- |\\[|\\]|\\{|\\}|, |'|\"|&a |\\*a|\\|\\n  |>\\n  |#c| |0|1|0x1f|1\\.5|true|~|null|\\? |!!str |!!int |!t |---\\n|\\.\\.\\.\\n|\\t|é|%|@|-|\\r\\n){1,14}"
    ) {
        if let (Ok(own), Ok(other)) = (YamlDocument::parse(&text), serde_yaml::from_str::<Value>(&text)) {
            prop_assert!(own.repeated.count() > 0 || same(&own.root, &other), "{text:?}: {:?} {other:?}", own.root);
        }
    }

    #[test]
    fn no_text_whatever_makes_it_panic(text in "([a-z]{1,3}: |source: |[\\[\\]{},&*!|>'\"%@#?-]|\\n|  |\\t|[äé\u{1F600}]|\\$\\{|[0-9.]){0,40}") {
        let _ = faults(&text);
    }
}
