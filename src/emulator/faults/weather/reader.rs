//! Reads the tree and collects every fault on the way, so that one look at a file finds all of them.
//!
//! What a section was asked for is what it knows; the rest is reported when it ends.

use super::fault::{Position, WeatherFault};
use super::tree::{Entry, Node, Value};

/// The faults found so far.
pub(super) type Found = Vec<WeatherFault>;

/// A value that is read from a node. None: it is faulty, and that was noted.
pub(super) trait FromNode: Sized {
    fn from_node(node: &Node, path: &str, found: &mut Found) -> Option<Self>;
}

/// A value that is written in one word.
pub(super) trait FromText: Sized {
    /// What is expected, for values of another form.
    const EXPECTED: &'static str;

    /// The value, or what is wrong and how to write it.
    fn from_text(text: &str) -> Result<Self, String>;
}

impl<T: FromText> FromNode for T {
    fn from_node(node: &Node, path: &str, found: &mut Found) -> Option<Self> {
        let read = match node.text() {
            Some(text) => T::from_text(text.trim()),
            None => Err(unexpected(node, T::EXPECTED)),
        };
        read.map_err(|message| found.push(WeatherFault::new(node.at, path, &message))).ok()
    }
}

impl<T: FromNode> FromNode for Vec<T> {
    fn from_node(node: &Node, path: &str, found: &mut Found) -> Option<Self> {
        let Value::List(nodes) = &node.value else {
            found.push(WeatherFault::new(node.at, path, &unexpected(node, "a list: write [a, b], or a line with - for each")));
            return None;
        };
        let read = nodes.iter().enumerate().filter_map(|(at, node)| T::from_node(node, &format!("{path}[{at}]"), found));
        Some(read.collect())
    }
}

/// What stands where something else is expected.
pub(super) fn unexpected(node: &Node, expected: &str) -> String {
    let found = match &node.value {
        Value::Null => "nothing",
        Value::Word(text) | Value::Text(text) => return format!("expected {expected}, not {text:?}"),
        Value::List(_) => "a list",
        Value::Section(_) => "a section with keys",
    };
    format!("expected {expected}, not {found}")
}

/// A section being read.
pub(super) struct Section<'a> {
    found: &'a mut Found,
    path: &'a str,
    at: Position,
    entries: &'a [Entry],
    asked: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// Reads a node that is a section; `expected` tells what it should be.
    pub(super) fn read<T>(
        node: &Node,
        path: &str,
        found: &mut Found,
        expected: &str,
        read: impl FnOnce(&mut Section<'_>) -> Option<T>,
    ) -> Option<T> {
        let Value::Section(entries) = &node.value else {
            found.push(WeatherFault::new(node.at, path, &unexpected(node, expected)));
            return None;
        };
        let mut section = Section { found, path, at: node.at, entries, asked: Vec::new() };
        let value = read(&mut section);
        section.report_keys();
        value
    }

    fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Whether the file gives the key a value, faulty or not.
    pub(super) fn gives(&self, key: &str) -> bool {
        self.entry(key).is_some_and(|entry| !matches!(entry.node.value, Value::Null))
    }

    /// Asks for a key; nothing there counts as not given.
    pub(super) fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        self.entry(key).map(|entry| &entry.node).filter(|node| !matches!(node.value, Value::Null))
    }

    /// The value of a key; none when not given or faulty.
    pub(super) fn value<T: FromNode>(&mut self, key: &'static str) -> Option<T> {
        let node = self.node(key)?;
        let path = join(self.path, key);
        T::from_node(node, &path, self.found)
    }

    /// Keys of a section below this one, each with its text.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<(String, String)> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let path = join(self.path, key);
        let Value::Section(entries) = &node.value else {
            self.found.push(WeatherFault::new(node.at, &path, &unexpected(node, "a section with keys")));
            return Vec::new();
        };
        let text = |entry: &Entry| {
            let text = String::from_node(&entry.node, &join(&path, &entry.key), self.found)?;
            Some((entry.key.clone(), text))
        };
        entries.iter().filter_map(text).collect()
    }

    /// Reports a fault of a key, where its value stands; of the section itself if the key is empty or not there.
    pub(super) fn fault(&mut self, key: &str, message: &str) {
        let entry = self.entry(key);
        let at = entry.map_or(self.at, |entry| entry.node.at);
        let path = if entry.is_some() { join(self.path, key) } else { self.path.to_owned() };
        self.found.push(WeatherFault::new(at, &path, message));
    }

    fn report_keys(&mut self) {
        for (at, entry) in self.entries.iter().enumerate() {
            let path = join(self.path, &entry.key);
            if !self.asked.iter().any(|asked| *asked == entry.key) {
                let message = format!("unknown key; known here: {}", self.asked.join(", "));
                self.found.push(WeatherFault::new(entry.at, &path, &message));
            } else if self.entries.iter().take(at).any(|before| before.key == entry.key) {
                self.found.push(WeatherFault::new(entry.at, &path, "is given twice; keep one"));
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
