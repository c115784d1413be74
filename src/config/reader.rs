//! Walks the value tree by asking for keys, and collects every fault on the way.
//!
//! What a section was asked for is what it knows; the rest is reported as unknown when the section ends.
//! A faulty value reads as the default, so that one walk finds all faults.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use super::expand::Env;
use super::fault::{FaultList, Position, join};
use super::keyword::{Keyword, one_of, parse_keyword};
use super::node::{Entries, Key, Node, NodeEntry};
use super::range::{possible, within};
use super::scalar::Scalar;
use super::shape::Shape;
use super::suggest::nearest;
use super::units::{format_duration, format_size, parse_duration, parse_size};

/// What a walk brings in and what it found.
pub(super) struct ConfigReader<'a> {
    /// The environment.
    pub(super) env: Env<'a>,
    /// Where relative paths start: the configuration file's directory, absolute.
    pub(super) base: &'a Path,
    /// What is wrong.
    pub(super) faults: FaultList,
    /// Every key asked for, by path, and what it may hold as far as its reading says.
    pub(super) known: Vec<(String, Shape)>,
}

impl<'a> ConfigReader<'a> {
    /// Nothing read yet.
    pub(super) fn new(base: &'a Path, env: Env<'a>) -> Self {
        Self { env, base, faults: FaultList::default(), known: Vec::new() }
    }

    /// Reads the whole file, then reports what nobody asked for.
    pub(super) fn root<T>(&mut self, root: &'a Node, read: impl FnOnce(&mut Section<'_, 'a>) -> T) -> T {
        self.section(String::new(), Position::START, Some(root), false, read)
    }

    /// Reads a section; null is an empty one. `within_malformed`: it is in one that is malformed.
    fn section<T>(
        &mut self,
        path: String,
        at: Position,
        node: Option<&'a Node>,
        within_malformed: bool,
        read: impl FnOnce(&mut Section<'_, 'a>) -> T,
    ) -> T {
        let faults_before = self.faults.count();
        let (entries, is_malformed) = match node {
            Some(Node::Section(entries)) => (Some(entries), within_malformed),
            None | Some(Node::Null) => (None, within_malformed),
            Some(_) => {
                // The value itself is not shown: it may be a secret in the wrong place.
                self.faults.push(at, path.clone(), NO_SECTION);
                (None, true)
            }
        };
        let is_told = is_malformed && !within_malformed;
        let mut section = Section {
            reader: self,
            path,
            at,
            entries,
            is_malformed,
            asked: Vec::new(),
            suggested: Vec::new(),
            told: Vec::new(),
            listed: None,
            faults_before,
        };
        let result = read(&mut section);
        section.report_unknown();
        if is_told {
            let (path, known) = (section.path, section.listed.unwrap_or_else(|| section.asked.join(", ")));
            let possible = if known.is_empty() { "; write {}".to_owned() } else { format!("; known here: {known}") };
            self.faults.add_to(&path, NO_SECTION, &possible);
        }
        result
    }
}

const NO_SECTION: &str = "expected a section with keys below it, found something else";

/// A section being read.
pub(super) struct Section<'r, 'a> {
    reader: &'r mut ConfigReader<'a>,
    path: String,
    /// Where its key stands; where the section above stands, if the file doesn't name it.
    at: Position,
    entries: Option<&'a Entries>,
    /// Not a section at all: said once, and what misses in it is no news.
    is_malformed: bool,
    asked: Vec<&'static str>,
    /// Further keys that a mistyped one may have meant.
    suggested: Vec<&'static str>,
    /// Keys whose fault is told already.
    told: Vec<&'a str>,
    /// What is known here, if that is more than what was asked for.
    listed: Option<String>,
    faults_before: usize,
}

/// An element of a list.
pub(super) struct Element<'a> {
    path: String,
    at: Position,
    node: &'a Node,
}

impl<'a> Section<'_, 'a> {
    /// Where relative paths start.
    pub(super) fn base(&self) -> &'a Path {
        self.reader.base
    }

    /// The environment.
    pub(super) fn env(&self) -> Env<'a> {
        self.reader.env
    }

    fn entry(&self, key: &str) -> Option<&'a NodeEntry> {
        self.entries.and_then(|entries| entries.get(&Key::Text(key.to_owned())))
    }

    /// Asks for a key. Null counts as not given.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'a Node> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
            self.note(key, Shape::Anything);
        }
        self.entry(key).map(|entry| &*entry.value).filter(|value| **value != Node::Null)
    }

    fn note(&mut self, key: &str, shape: Shape) {
        self.reader.known.push((join(&self.path, key), shape));
    }

    /// Keys that may be meant where one is mistyped, beside those that are asked for; `listed`: what is said to be known
    /// here.
    pub(super) fn suggest(&mut self, keys: impl Iterator<Item = &'static str>, listed: Option<String>) {
        self.suggested.extend(keys);
        self.listed = listed;
    }

    /// Reports an unknown key, where more can be said than that.
    pub(super) fn unknown(&mut self, name: &'a str, message: &str) {
        self.fault(name, format!("unknown key; {message}"));
        self.told.push(name);
    }

    /// The keys that the file has here.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.entries
            .into_iter()
            .flat_map(Entries::keys)
            .filter_map(|key| if let Key::Text(name) = key { Some(name.as_str()) } else { None })
    }

    /// Whether the file gives the key a value.
    pub(super) fn has_value(&self, key: &str) -> bool {
        self.entry(key).is_some_and(|entry| *entry.value != Node::Null)
    }

    /// Whether the file has the key, with a value or without.
    pub(super) fn has_key(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Whether the file gives the key a single value, neither a list nor a section.
    pub(super) fn is_scalar(&self, key: &str) -> bool {
        self.entry(key).is_some_and(|entry| !matches!(*entry.value, Node::List(_) | Node::Section(_) | Node::Tagged))
    }

    /// Reports a fault of a key, or of one below it (`user.mail`); of the section itself when `key` is empty.
    pub(super) fn fault(&mut self, key: &str, message: impl AsRef<str>) {
        if self.is_malformed {
            return;
        }
        let (at, path) = if key.is_empty() {
            (self.at, self.path.clone())
        } else {
            (position_of(key, self.at, self.entries), join(&self.path, key))
        };
        self.reader.faults.push(at, path, message.as_ref());
    }

    /// Reports a fault of a key of an element that was read before.
    pub(super) fn fault_in(&mut self, element: &Element<'_>, key: &str, message: &str) {
        let at = position_of(key, element.at, entries_of(element.node));
        self.reader.faults.push(at, join(&element.path, key), message);
    }

    /// Whether this section or anything in it has a fault so far.
    pub(super) fn is_faulty(&self) -> bool {
        self.reader.faults.count() > self.faults_before
    }

    /// Whether a key of this section has a fault so far.
    pub(super) fn is_faulty_at(&self, key: &str) -> bool {
        self.reader.faults.names(&join(&self.path, key))
    }

    /// A scalar read by `parse`; none when not given or faulty.
    pub(super) fn scalar<T>(&mut self, key: &'static str, parse: impl FnOnce(Scalar) -> Result<T, String>) -> Option<T> {
        self.shaped(key, Shape::Text, parse)
    }

    fn shaped<T>(&mut self, key: &'static str, shape: Shape, parse: impl FnOnce(Scalar) -> Result<T, String>) -> Option<T> {
        self.note(key, shape);
        let value = self.value(key)?;
        let mut hidden = None;
        let read = Scalar::new(value, self.env()).and_then(|scalar| {
            hidden = scalar.text_from_env();
            parse(scalar)
        });
        match read {
            Ok(read) => Some(read),
            Err(message) => {
                let message = hidden.map_or(message.clone(), |text| message.replace(&text, "the text from the environment"));
                self.fault(key, message);
                None
            }
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        self.scalar(key, Scalar::text)
    }

    /// A truth value.
    pub(super) fn boolean(&mut self, key: &'static str, default: bool) -> bool {
        self.shaped(key, Shape::Boolean, Scalar::boolean).unwrap_or(default)
    }

    /// One word out of a few.
    pub(super) fn keyword<T: Keyword>(&mut self, key: &'static str, default: T) -> T {
        self.optional_keyword(key).unwrap_or(default)
    }

    /// One word out of a few; none when not given or faulty.
    pub(super) fn optional_keyword<T: Keyword>(&mut self, key: &'static str) -> Option<T> {
        let words: Vec<&str> = T::KEYWORDS.iter().map(|(word, _)| *word).collect();
        let wanted = one_of(&words);
        self.shaped(key, Shape::Word(words), |scalar| parse_keyword(&scalar.quantity(&wanted)?))
    }

    /// A number within a range.
    pub(super) fn float(&mut self, key: &'static str, range: RangeInclusive<f64>, default: f64, unit: &str) -> f64 {
        self.optional_float(key, range, unit).unwrap_or(default)
    }

    /// A number within a range; none when not given or faulty.
    pub(super) fn optional_float(&mut self, key: &'static str, range: RangeInclusive<f64>, unit: &str) -> Option<f64> {
        self.shaped(key, Shape::Number(*range.start(), *range.end()), |scalar| {
            let value = scalar.float().map_err(|why| format!("{why}; {}", possible(&range, ToString::to_string, unit)))?;
            within(value, &range, ToString::to_string, "low", "high", unit)
        })
    }

    /// A whole number within a range.
    pub(super) fn integer<T>(&mut self, key: &'static str, range: RangeInclusive<T>, default: T, unit: &str) -> T
    where
        T: Copy + Into<u64> + TryFrom<i128>,
    {
        let wide = i128::from((*range.start()).into())..=i128::from((*range.end()).into());
        let shape = Shape::Integer((*range.start()).into(), (*range.end()).into());
        self.shaped(key, shape, |scalar| {
            let value = scalar.integer().map_err(|why| format!("{why}; {}", possible(&wide, ToString::to_string, unit)))?;
            let value = within(value, &wide, ToString::to_string, "low", "high", unit)?;
            T::try_from(value).map_err(|_| format!("{value} is too high"))
        })
        .unwrap_or(default)
    }

    /// A span of time within a range; none when not given or faulty.
    pub(super) fn duration(&mut self, key: &'static str, range: RangeInclusive<Duration>) -> Option<Duration> {
        self.shaped(key, Shape::Duration, |scalar| {
            within(
                parse_duration(&scalar.quantity("a span of time such as 30s, 15m or 1h")?)?,
                &range,
                |span| format_duration(*span),
                "short",
                "long",
                "",
            )
        })
    }

    /// A size in bytes within a range.
    pub(super) fn size(&mut self, key: &'static str, range: RangeInclusive<u64>, default: u64) -> u64 {
        let parse = |scalar: Scalar| {
            let text = scalar.quantity("a size such as 3900000 or 64MB")?;
            within(parse_size(&text)?, &range, |size| format_size(*size), "small", "large", "")
        };
        self.shaped(key, Shape::Size, parse).unwrap_or(default)
    }

    /// A path, made absolute.
    pub(super) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let base = self.base();
        self.scalar(key, |scalar| scalar.path(base))
    }

    /// A list's elements; none when not given or no list.
    pub(super) fn list(&mut self, key: &'static str) -> Option<Vec<Element<'a>>> {
        self.note(key, Shape::List);
        if let Node::List(elements) = self.value(key)? {
            let path = join(&self.path, key);
            let element = |(index, (at, node)): (usize, &'a (Position, Rc<Node>))| Element {
                path: format!("{path}[{index}]"),
                at: *at,
                node,
            };
            Some(elements.iter().enumerate().map(element).collect())
        } else {
            self.fault(key, "expected a list; write [a, b], or a line with - for each");
            None
        }
    }

    /// A list of texts, each passed through `check`.
    pub(super) fn texts(&mut self, key: &'static str, check: impl Fn(&str) -> Result<(), String>) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        self.note(&format!("{key}[]"), Shape::Text);
        for element in self.list(key)? {
            let text = Scalar::new(element.node, self.env()).and_then(Scalar::text);
            match text.and_then(|text| check(&text).map(|()| text)) {
                Ok(text) => texts.push(text),
                Err(message) => self.reader.faults.push(element.at, element.path, &message),
            }
        }
        Some(texts)
    }

    /// A section below this one; an empty one when not given.
    pub(super) fn section<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'_, 'a>) -> T) -> T {
        let value = self.value(key);
        self.note(key, Shape::Section);
        let at = self.entry(key).map_or(self.at, |entry| entry.at);
        self.reader.section(join(&self.path, key), at, value, self.is_malformed, read)
    }

    /// A list's element that is a section.
    pub(super) fn element<T>(&mut self, element: &Element<'a>, read: impl FnOnce(&mut Section<'_, 'a>) -> T) -> T {
        self.reader.known.push((element.path.clone(), Shape::Section));
        self.reader.section(element.path.clone(), element.at, Some(element.node), false, read)
    }

    fn report_unknown(&mut self) {
        for (key, entry) in self.entries.into_iter().flatten() {
            let name = key.name();
            if matches!(key, Key::Text(_)) && (self.asked.contains(&name) || self.told.contains(&name)) {
                continue;
            }
            let candidates: Vec<&str> = self.asked.iter().chain(&self.suggested).copied().collect();
            let message = match nearest(name, &candidates) {
                Some(known) => format!("unknown key; did you mean {known}?"),
                None if self.asked.is_empty() => "unknown key; nothing belongs here".to_owned(),
                None => {
                    let known = self.listed.clone().unwrap_or_else(|| self.asked.join(", "));
                    format!("unknown key; known here: {known}")
                }
            };
            // Where a secret is named, an odd key may be one.
            let may_be_secret = ["credential", "client_secret", "password"].iter().any(|section| self.path.ends_with(section));
            let is_odd = !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            let name = if may_be_secret && is_odd { "KEY (not shown)" } else { name };
            self.reader.faults.push(entry.at, join(&self.path, name), &message);
        }
    }
}

fn entries_of(node: &Node) -> Option<&Entries> {
    if let Node::Section(entries) = node { Some(entries) } else { None }
}

/// Where a key below a section stands, or as much of its way as the file has.
fn position_of(key: &str, section: Position, entries: Option<&Entries>) -> Position {
    let (mut at, mut entries) = (section, entries);
    for step in key.split('.') {
        let Some(entry) = entries.and_then(|entries| entries.get(&Key::Text(step.to_owned()))) else { break };
        (at, entries) = (entry.at, entries_of(&entry.value));
    }
    at
}
