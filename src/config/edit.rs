//! Puts keys into the text of a configuration. Whatever else the text says stays as it is written, remarks too; what
//! can't be changed so is refused.

use std::path::Path;
use std::rc::Rc;

use super::document::YamlDocument;
use super::expand::Env;
use super::load::parse_known;
use super::node::{Key, Node, NodeEntry};
use super::outline::{Part, outline};

/// A key of a section, as it is to be written.
#[derive(Debug)]
pub(crate) struct ConfigEntry {
    /// The section.
    pub section: &'static str,
    /// The key.
    pub key: &'static str,
    /// Key and value in lines of their own.
    pub lines: String,
    /// Key and value between braces.
    pub inline: String,
}

/// Why a text can't be changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EditError {
    /// It can't be read.
    #[error("line {0}: {1}")]
    Syntax(usize, String),
    /// It is written in a way that is not understood well enough to change it.
    #[error("the way in which {0} is written there can't be changed without changing more; write it in lines of its own")]
    Form(&'static str),
    /// It would have faults that it has not now.
    #[error("the result would be refused: {0}")]
    Faulty(String),
}

/// The text with these entries in place of its own. `file`, `base` and `env` as for parsing.
pub(crate) fn with_entries(
    text: &str,
    entries: &[ConfigEntry],
    file: &str,
    base: &Path,
    env: Env<'_>,
) -> Result<String, EditError> {
    let syntax = |(at, message): (super::fault::Position, String)| EditError::Syntax(at.line, message);
    let before = YamlDocument::parse(text).map_err(syntax)?;
    let mut new = text.strip_prefix('\u{FEFF}').unwrap_or(text).to_owned();
    for entry in entries {
        new = put(&new, entry).ok_or(EditError::Form(entry.section))?;
    }
    let after = YamlDocument::parse(&new).map_err(|(at, message)| EditError::Faulty(format!("line {}: {message}", at.line)))?;
    if let Some(section) = changed(&before.root, &after.root, entries) {
        return Err(EditError::Form(section));
    }
    let known = parse_known(text, file, base, env).0.err();
    let is_known = |fault: &_| known.as_ref().is_some_and(|known| known.0.iter().any(|old| old.is_same(fault)));
    match parse_known(&new, file, base, env).0.err().and_then(|faults| faults.0.into_iter().find(|fault| !is_known(fault))) {
        Some(fault) => Err(EditError::Faulty(fault.to_string())),
        None => Ok(new),
    }
}

/// The section in which something else would change.
fn changed(before: &Node, after: &Node, entries: &[ConfigEntry]) -> Option<&'static str> {
    let value = |node: &Node, key: &Key| keys(node).find(|(own, _)| *own == key).map(|(_, entry)| entry.value.clone());
    keys(before).find_map(|(key, old)| {
        let own: Vec<&ConfigEntry> = entries.iter().filter(|entry| *key == Key::Text(entry.section.to_owned())).collect();
        let new = value(after, key);
        let Some(first) = own.first() else {
            let section = entries.first().map_or("", |entry| entry.section);
            return (!new.is_some_and(|new| same(&old.value, &new))).then_some(section);
        };
        let put = |key: &Key| own.iter().any(|entry| *key == Key::Text(entry.key.to_owned()));
        let kept = keys(&old.value)
            .filter(|(key, _)| !put(key))
            .all(|(key, old)| new.as_ref().and_then(|new| value(new, key)).is_some_and(|new| same(&old.value, &new)));
        (!kept).then_some(first.section)
    })
}

/// The keys of a section; none of anything else.
fn keys(node: &Node) -> impl Iterator<Item = (&Key, &NodeEntry)> {
    match node {
        Node::Section(entries) => Some(entries),
        _ => None,
    }
    .into_iter()
    .flatten()
}

/// Whether both say the same, wherever they stand.
fn same(one: &Node, other: &Node) -> bool {
    match (one, other) {
        (Node::List(one), Node::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|((_, one), (_, other))| same(one, other))
        }
        (Node::Section(one), Node::Section(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|((a, x), (b, y))| a.name() == b.name() && same(&x.value, &y.value))
        }
        _ => one == other,
    }
}

/// The value of a section's key.
pub(super) fn value(node: &Node, key: &str) -> Option<Rc<Node>> {
    keys(node).find(|(own, _)| **own == Key::Text(key.to_owned())).map(|(_, entry)| entry.value.clone())
}

fn put(text: &str, entry: &ConfigEntry) -> Option<String> {
    let whole = format!("{}:\n{}", entry.section, indented(&entry.lines, 2));
    let whole_inline = format!("{}: {{ {} }}", entry.section, entry.inline);
    let Some(root) = outline(text) else { return Some(appended(text, &whole)) };
    let keys = root.keys.as_ref()?;
    if keys.is_empty() && !root.is_inline {
        return Some(appended(text, &whole));
    }
    let Some(at) = root.find(entry.section) else {
        if root.is_inline {
            return Some(inserted(text, &root, &whole_inline));
        }
        return Some(appended(text, &indented(&whole, column(text, keys.first()?.1.start)?)));
    };
    let section = &keys[at].2;
    match &section.keys {
        Some(own) if !own.is_empty() => {
            let limit = extent(text, &root, at, text.len()).map_or(section.span.end, |extent| extent.end);
            match section.find(entry.key) {
                Some(at) => replaced(text, section, at, limit, &entry.lines, &entry.inline),
                None if section.is_inline => Some(inserted(text, section, &entry.inline)),
                None => {
                    let last = extent(text, section, own.len() - 1, limit)?;
                    let column = column(text, own[0].1.start)?;
                    Some(spliced(text, last.end..last.end, &indented(&entry.lines, column)))
                }
            }
        }
        Some(_) => replaced(text, &root, at, text.len(), &whole, &whole_inline),
        None if section.is_null => replaced(text, &root, at, text.len(), &whole, &whole_inline),
        None => None,
    }
}

/// The text with another key and value in place of one.
fn replaced(text: &str, part: &Part, at: usize, limit: usize, lines: &str, inline: &str) -> Option<String> {
    let (_, key, value) = &part.keys.as_ref()?[at];
    if part.is_inline {
        let indent = margin(text, key.start) + 2;
        let inline = inline.replace('\n', &format!("\n{}", " ".repeat(indent)));
        return Some(spliced(text, key.start..value.span.end.max(key.end), &inline));
    }
    let column = column(text, key.start)?;
    Some(spliced(text, extent(text, part, at, limit)?, &indented(lines, column)))
}

/// The lines of a key and its value: up to the next key, or the remarks above that.
fn extent(text: &str, part: &Part, at: usize, limit: usize) -> Option<std::ops::Range<usize>> {
    if part.is_inline {
        return None;
    }
    let keys = part.keys.as_ref()?;
    let column = column(text, keys[at].1.start)?;
    let start = line_start(text, keys[at].1.start);
    let next = keys.get(at + 1).map_or(limit, |(_, key, _)| line_start(text, key.start)).max(keys[at].1.end);
    let mut end = next;
    for line in text[start..next].split_inclusive('\n').skip(1).collect::<Vec<_>>().into_iter().rev() {
        let rest = line.trim_start_matches(' ');
        if !(rest.trim().is_empty() || rest.starts_with('#') && line.len() - rest.len() <= column) {
            break;
        }
        end -= line.len();
    }
    Some(start..end)
}

fn spliced(text: &str, range: std::ops::Range<usize>, new: &str) -> String {
    let (before, after) = (&text[..range.start], &text[range.end..]);
    let gap = if new.ends_with('\n') && !before.is_empty() && !before.ends_with('\n') { "\n" } else { "" };
    let new = if text.contains("\r\n") { new.replace('\n', "\r\n") } else { new.to_owned() };
    format!("{before}{gap}{new}{after}")
}

fn appended(text: &str, section: &str) -> String {
    let gap = if text.is_empty() || text.ends_with("\n\n") || text.ends_with("\n\r\n") { "" } else { "\n" };
    spliced(text, text.len()..text.len(), &format!("{}{section}", if text.ends_with('\n') { gap } else { "" }))
}

/// Puts a key in front of the others between braces.
fn inserted(text: &str, part: &Part, inline: &str) -> String {
    let at = part.span.start + 1;
    let more = if part.keys.as_ref().is_some_and(|keys| !keys.is_empty()) { "," } else { " " };
    let inline = inline.replace('\n', &format!("\n{}", " ".repeat(margin(text, at) + 2)));
    spliced(text, at..at, &format!(" {inline}{more}"))
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// How far the line of this place is indented.
fn margin(text: &str, at: usize) -> usize {
    text[line_start(text, at)..].bytes().take_while(|byte| *byte == b' ').count()
}

/// How far a key is indented; none if something stands before it in its line.
fn column(text: &str, at: usize) -> Option<usize> {
    let start = line_start(text, at);
    text[start..at].bytes().all(|byte| byte == b' ').then_some(at - start)
}

fn indented(lines: &str, columns: usize) -> String {
    let indent = " ".repeat(columns);
    lines.split_inclusive('\n').flat_map(|line| [indent.as_str(), line]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> ConfigEntry {
        ConfigEntry {
            section: "mapping",
            key: "rules",
            lines: "rules:\n  # 1 of 1\n  - { files: \"n.{ext}\", user: { mail: x@y.z } }\n".to_owned(),
            inline: "rules: [\n  # 1 of 1\n  { files: \"n.{ext}\", user: { mail: x@y.z } },\n]".to_owned(),
        }
    }

    fn directory() -> ConfigEntry {
        let line = "directory: \"/new\"".to_owned();
        ConfigEntry { section: "source", key: "directory", lines: format!("{line}\n"), inline: line }
    }

    fn edit(text: &str) -> Result<String, EditError> {
        with_entries(text, &[directory(), rules()], "c.yaml", Path::new("/etc"), &|_| None)
    }

    fn read(text: &str) -> super::super::Config {
        super::super::Config::parse(text, "c.yaml", Path::new("/etc"), &|_| None)
            .unwrap_or_else(|faults| panic!("{faults}\n{text}"))
    }

    #[test]
    fn only_what_is_put_in_changes() {
        let text = "# mine\nsource: { directory: old, settle: 3s }\n\nmapping:   # rules\n  guests: deliver\n\n  # ours\n  rules:   # old\n    - { files: a }\n    # - { files: b }\n  # theirs\n  disabled: deliver\n\n# below\nlog: { level: debug }\n";
        let wanted = "# mine\nsource: { directory: \"/new\", settle: 3s }\n\nmapping:   # rules\n  guests: deliver\n\n  # ours\n  rules:\n    # 1 of 1\n    - { files: \"n.{ext}\", user: { mail: x@y.z } }\n  # theirs\n  disabled: deliver\n\n# below\nlog: { level: debug }\n";
        assert_eq!(edit(text).unwrap(), wanted);
        assert_eq!(edit(wanted).unwrap(), wanted);
    }

    /// However a section is written, the rest of the file says the same as before, and the new keys are there.
    #[test]
    fn every_way_of_writing_is_changed_or_refused() {
        let rule = "{ files: \"a.{ext}\", user: { mail: a@b.c } }";
        let sections = [
            String::new(),
            "mapping:\n".to_owned(),
            "mapping: {}\n".to_owned(),
            "mapping: null   # none\n".to_owned(),
            format!("mapping: {{ rules: [{rule}], guests: deliver }}\n"),
            format!("mapping: {{ guests: deliver, rules: [{rule}] }}\n"),
            format!("mapping: {{\n  guests: deliver, # why\n  rules: [\n    {rule},\n  ],\n}}\n"),
            "mapping: { guests: deliver }\n".to_owned(),
            "mapping:\n  guests: deliver\n".to_owned(),
            format!("\"mapping\":\n  'guests': deliver\n  \"rules\":\n  - {rule}\n  - {rule}\n"),
            "mapping :\n    rules:\n    - files: \"a.{ext}\"\n      user:\n        mail: a@b.c\n    # remark\n    guests: deliver"
                .to_owned(),
            format!("mapping:\n  rules: [{rule},\n    {rule}]\n  guests: deliver\n"),
            format!("mapping:\n  {{ rules: [{rule}], guests: deliver }}\n"),
            format!("mapping:\r\n  rules:\r\n    - {rule}\r\n  guests: deliver\r\n"),
        ];
        for section in &sections {
            for (before, after) in [
                ("source: { directory: old }\n", ""),
                ("# ü\n---\nsource:\n  directory: old\n  settle: 3s\n", "\n# end\nlog: { level: debug }\n"),
                ("'source': {directory: old}\nlog: { level: debug }\n", "# end"),
            ] {
                let text = format!("{before}{section}{after}");
                let text = if section.ends_with('\n') || after.is_empty() { text } else { format!("{before}{section}\n{after}") };
                let new = edit(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
                let config = read(&new);
                assert_eq!(config.source.root, Path::new("/new"), "{new}");
                assert_eq!(config.mapping.rules.names().map(|name| &**name).collect::<Vec<_>>(), ["n.{ext}"], "{new}");
                let remarks =
                    |text: &str| text.matches("# end").count() + text.matches("# ü").count() + text.matches("# why").count();
                assert_eq!(remarks(&text), remarks(&new), "{new}");
                assert_eq!(text.contains("guests"), new.contains("guests"), "{new}");
                assert_eq!(edit(&new).unwrap(), new);
            }
        }
        for text in [
            "{ source: { directory: old }, mapping: { guests: deliver }, log: { level: debug } }\n",
            "{\"source\": {\"directory\": \"old\"},\n \"log\": {\"level\": \"debug\"}}\n",
            "{}\n",
            "",
            "# nothing yet\n",
            "  source:\n    directory: old\n  log: { level: debug }\n",
        ] {
            let new = edit(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!(read(&new).source.root, Path::new("/new"), "{new}");
            assert_eq!(
                (text.contains("deliver"), text.contains("debug")),
                (new.contains("deliver"), new.contains("debug")),
                "{new}"
            );
        }
        let shared = "source: { directory: old }\nscope: { include_groups: &all [a] }\nmapping: { rules: &all [] }\n";
        assert!(edit(shared).is_err() || edit(shared).unwrap().contains("n.{ext}"));
        for text in
            ["source: [\n", "- a\n", "mapping: *x\n", "source: { directory: &d old }\nledger: { path: *d }\n", "? source\n: {}\n"]
        {
            assert!(edit(text).is_err(), "{text}: {:?}", edit(text));
        }
    }

    /// What was wrong before is not held against the change; what would be wrong after is.
    #[test]
    fn faults_that_were_there_stay_and_new_ones_are_refused() {
        assert!(edit("source: { directory: old }\nnonsense: 3\n").unwrap().contains("nonsense: 3"));
        let faulty = ConfigEntry { lines: "rules: 3\n".to_owned(), inline: "rules: 3".to_owned(), ..rules() };
        let result = with_entries("source: { directory: old }\n", &[faulty], "c.yaml", Path::new("/etc"), &|_| None);
        assert!(matches!(result, Err(EditError::Faulty(_))), "{result:?}");
    }
}
