//! Configurations of any content, written in any way: what `init` puts in is there afterwards, and all else as before.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::super::Config;
use super::super::edit::{ConfigEntry, with_entries};
use super::shown;

const RULE: &str = "{ files: \"n.{ext}\", user: { mail: x@y.z }, drift: hr_wins }";
const TABLE: &str = "{ file: \"/new.csv\", columns: { file: \"F\", value: \"V\" }, kind: user, property: mail }";

/// A value of a configuration.
#[derive(Clone, Debug)]
enum Value {
    Word(&'static str),
    List(Vec<Value>),
    Map(Vec<(&'static str, Value)>),
}

use Value::{List, Map, Word};

/// Decides how a value is written.
struct Dice {
    rolls: Vec<u8>,
    at: usize,
}

impl Dice {
    fn roll(&mut self, sides: u8) -> u8 {
        self.at += 1;
        self.rolls[self.at % self.rolls.len()] % sides
    }

    fn scalar(&mut self, word: &str) -> String {
        let is_plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/'));
        match self.roll(3) {
            0 if is_plain => word.to_owned(),
            1 => format!("'{word}'"),
            _ => format!("\"{word}\""),
        }
    }

    fn key(&mut self, key: &str) -> String {
        let key = match self.roll(5) {
            0 => format!("\"{key}\""),
            1 => format!("'{key}'"),
            _ => key.to_owned(),
        };
        key + if self.roll(4) == 0 { " :" } else { ":" }
    }

    /// Between braces, in one line or several.
    fn inline(&mut self, value: &Value, indent: usize) -> String {
        let (open, close, items) = match value {
            Word(word) => return self.scalar(word),
            List(items) => ('[', ']', items.iter().map(|item| self.inline(item, indent + 2)).collect::<Vec<_>>()),
            Map(entries) => {
                let item = |(key, value): &(&str, Value)| format!("{} {}", self.key(key), self.inline(value, indent + 2));
                ('{', '}', entries.iter().map(item).collect())
            }
        };
        let pad = " ".repeat(indent + 2);
        match self.roll(4) {
            0 => format!("{open}\n{pad}{}\n{}{close}", items.join(&format!(",\n{pad}")), " ".repeat(indent + 1)),
            1 => format!("{open}{}{close}", items.join(",")),
            2 if !items.is_empty() => format!("{open} {}, {close}", items.join(", ")),
            _ => format!("{open} {} {close}", items.join(", ")),
        }
    }

    /// What stands behind a key, from its line on.
    fn block(&mut self, value: &Value, indent: usize) -> String {
        let step = usize::from(self.roll(3)) + 1;
        let remark = if self.roll(4) == 0 { "   # remark" } else { "" };
        match value {
            Map(entries) if !entries.is_empty() && self.roll(3) > 0 => {
                let mut text = format!("{remark}\n");
                self.entries(&mut text, entries, indent + step);
                text
            }
            List(items) if !items.is_empty() && self.roll(3) > 0 => {
                let mut text = format!("{remark}\n");
                for item in items {
                    let own = self.inline(item, indent + step + 2);
                    _ = writeln!(text, "{}- {own}", " ".repeat(indent + step));
                }
                text
            }
            _ => format!(" {}{remark}\n", self.inline(value, indent)),
        }
    }

    fn entries(&mut self, text: &mut String, entries: &[(&'static str, Value)], indent: usize) {
        for (key, value) in entries {
            match self.roll(8) {
                0 => text.push('\n'),
                1 => _ = writeln!(text, "{}# about {key}", " ".repeat(indent)),
                2 => text.push_str("# at the edge: { [ \" '\n"),
                _ => {}
            }
            let own = self.key(key);
            _ = write!(text, "{}{own}{}", " ".repeat(indent), self.block(value, indent));
        }
    }

    /// The whole file.
    fn file(&mut self, sections: &[(&'static str, Value)]) -> String {
        let mut text = match self.roll(6) {
            0 => "---\n".to_owned(),
            1 => "# ünser file\n\n".to_owned(),
            _ => String::new(),
        };
        if self.roll(8) == 0 {
            text += &self.inline(&Map(sections.to_vec()), 0);
        } else {
            let indent = if self.roll(8) == 0 { 2 } else { 0 };
            self.entries(&mut text, sections, indent);
        }
        match self.roll(8) {
            0 => text.truncate(text.trim_end().len()),
            1 => text.push_str("\n# the end\n"),
            2 => text = text.replace('\n', "\r\n"),
            _ => {}
        }
        text
    }
}

/// Keys of sections with a value each.
fn pool() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    let rule =
        |files, key, value| Map(vec![("files", Word(files)), ("user", Map(vec![("mail", Word("a@b.c"))])), (key, Word(value))]);
    let columns = Map(vec![("file", Word("Foto")), ("value", Word("Nummer"))]);
    let table = vec![("file", Word("hr.csv")), ("columns", columns), ("kind", Word("user")), ("property", Word("employeeId"))];
    let group = Map(vec![("group", Word("board")), ("policy", Word("only_where_missing"))]);
    vec![
        (
            "source",
            vec![("settle", Word("3s")), ("ignore", List(vec![Word("**/.*"), Word("x: y")])), ("require", Word(".mounted"))],
        ),
        (
            "mapping",
            vec![
                ("guests", Word("deliver")),
                ("rules", List(vec![rule("a.{ext}", "drift", "hr_wins"), rule("b.{ext}", "deliver", "always")])),
                ("disabled", Word("deliver")),
                ("table", Map(table)),
                ("on_conflict", Word("newest")),
            ],
        ),
        ("photo", vec![("quality", Word("70")), ("crop", Word("center"))]),
        ("scope", vec![("include_groups", List(vec![Word("a"), Word("b")])), ("exclude_groups", List(vec![]))]),
        ("deliver", vec![("policy", Word("only_where_missing")), ("by_group", List(vec![group]))]),
        ("upload", vec![("retry", Map(vec![("initial", Word("4s")), ("max", Word("20m"))])), ("concurrency", Word("4"))]),
        ("ledger", vec![("path", Word("/var/x.db"))]),
        ("log", vec![("level", Word("debug"))]),
    ]
}

/// Some of the sections with some of their keys, in any order.
fn sections() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let some = |keys: Vec<(&'static str, Value)>| {
        let count = keys.len();
        prop::sample::subsequence(keys, 0..=count).prop_shuffle()
    };
    let each: Vec<_> = pool().into_iter().map(|(name, keys)| some(keys).prop_map(move |keys| (name, Map(keys)))).collect();
    (each, any::<u8>()).prop_flat_map(|(all, which)| {
        let kept = all.into_iter().enumerate().filter(move |(at, _)| which >> at & 1 == 1 || *at == 0);
        let mut kept: Vec<_> = kept.map(|(_, section)| section).collect();
        if let (_, Map(source)) = &mut kept[0] {
            source.push(("directory", Word("/old")));
        }
        Just(kept).prop_shuffle()
    })
}

/// Words that are numbers are written so.
fn canonical(value: &Value) -> serde_json::Value {
    match value {
        Word(word) => word.parse::<u64>().map_or_else(|_| (*word).into(), Into::into),
        List(items) => items.iter().map(canonical).collect(),
        Map(entries) => {
            serde_json::Value::Object(entries.iter().map(|(key, value)| ((*key).to_owned(), canonical(value))).collect())
        }
    }
}

fn parse(text: &str) -> Config {
    Config::parse(text, "c.yaml", Path::new("/etc"), &|_| None).unwrap_or_else(|faults| panic!("{faults}\n{text}"))
}

fn entry(section: &'static str, key: &'static str, value: &str) -> ConfigEntry {
    ConfigEntry { section, key, lines: format!("{key}: {value}\n"), inline: format!("{key}: {value}") }
}

proptest! {
    #![proptest_config(crate::testing::cases(512))]
    #[test]
    fn whatever_a_file_says_is_kept_however_it_is_written(
        sections in sections(),
        rolls in prop::collection::vec(any::<u8>(), 1..200),
        table in any::<bool>(),
    ) {
        // A number in quotes is none.
        let text = Dice { rolls, at: 0 }.file(&sections);
        let text = ["70", "4"].iter().fold(text, |text, number| {
            text.replace(&format!("'{number}'"), number).replace(&format!("\"{number}\""), number)
        });
        let mut wanted = canonical(&Map(sections.clone()));
        let rules = ConfigEntry {
            lines: format!("rules:   # which\n  # 1 of 1\n  - {RULE}\n"),
            inline: format!("rules: [\n  # 1 of 1\n  {RULE},\n]"),
            ..entry("mapping", "rules", "")
        };
        let mut entries = vec![entry("source", "directory", "\"/new\""), rules];
        wanted["source"]["directory"] = "/new".into();
        wanted["mapping"]["rules"] = serde_json::json!([{ "files": "n.{ext}", "user": { "mail": "x@y.z" }, "drift": "hr_wins" }]);
        if table {
            entries.insert(1, entry("mapping", "table", TABLE));
            let columns = serde_json::json!({ "file": "F", "value": "V" });
            wanted["mapping"]["table"] =
                serde_json::json!({ "file": "/new.csv", "columns": columns, "kind": "user", "property": "mail" });
        }
        let edit = |text: &str| with_entries(text, &entries, "c.yaml", Path::new("/etc"), &|_| None);
        parse(&text);
        let new = edit(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        prop_assert_eq!(shown(&parse(&new)), shown(&parse(&wanted.to_string())), "{}\n=>\n{}", text, new);
        // Remarks stay, but those within what is replaced; and doing it once more changes nothing.
        prop_assert_eq!(text.matches("# the end").count(), new.matches("# the end").count(), "{}\n=>\n{}", text, new);
        prop_assert_eq!(edit(&new).unwrap(), new);
    }
}
