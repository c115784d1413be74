//! Walks the value tree by asking for keys, and collects every fault on the way.
//!
//! What a section was asked for is what it knows; the rest is reported as unknown when the section ends.
//! A faulty value reads as the default, so that one walk finds all faults.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_yaml::{Mapping, Value};

use super::Env;
use super::document::{is_masked, join};
use super::given::Given;
use super::suggest::nearest;
use super::units::{parse_size, parse_span, show_size, show_span};
use super::words::{Word, choose};

/// What a walk brings in and what it found.
pub(super) struct Reader<'a> {
    /// The environment.
    pub(super) env: Env<'a>,
    /// Where relative paths start: the configuration file's directory, absolute.
    pub(super) base: &'a Path,
    /// Key path and message, in the order of the walk.
    pub(super) faults: Vec<(String, String)>,
    /// Every key asked for, by path.
    pub(super) known: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    pub(super) fn new(base: &'a Path, env: Env<'a>) -> Self {
        Self { env, base, faults: Vec::new(), known: Vec::new() }
    }

    /// Reads a mapping at a path, then reports what nobody asked for. Null is an empty mapping.
    pub(super) fn section<T>(
        &mut self,
        path: String,
        value: Option<&'a Value>,
        read: impl FnOnce(&mut Section<'_, 'a>) -> T,
    ) -> T {
        let (entries, malformed) = match value {
            Some(Value::Mapping(entries)) => (Some(entries), false),
            None | Some(Value::Null) => (None, false),
            Some(_) => {
                // The value itself is not shown: it may be a secret in the wrong place.
                self.faults.push((path.clone(), "expected a section with keys below it, found something else".to_owned()));
                (None, true)
            }
        };
        let mut section = Section { reader: self, path, entries, malformed, asked: Vec::new() };
        let result = read(&mut section);
        section.report_unknown();
        result
    }
}

/// A mapping being read.
pub(super) struct Section<'r, 'a> {
    reader: &'r mut Reader<'a>,
    path: String,
    entries: Option<&'a Mapping>,
    /// Not a mapping at all: said once, and what misses in it is no news.
    malformed: bool,
    asked: Vec<&'static str>,
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

    /// Asks for a key. Null counts as not given.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
            self.reader.known.push(join(&self.path, key));
        }
        self.entries.and_then(|entries| entries.get(key)).filter(|value| !value.is_null())
    }

    /// Whether the file gives the key a value.
    pub(super) fn gives(&self, key: &str) -> bool {
        self.entries.and_then(|entries| entries.get(key)).is_some_and(|value| !value.is_null())
    }

    /// Whether the file names the key, with a value or without.
    pub(super) fn names(&self, key: &str) -> bool {
        self.entries.is_some_and(|entries| entries.contains_key(key))
    }

    /// Whether the file gives the key a single value, neither a list nor a section.
    pub(super) fn is_scalar(&self, key: &str) -> bool {
        let value = self.entries.and_then(|entries| entries.get(key));
        value.is_some_and(|value| !matches!(value, Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_)))
    }

    /// Reports a fault of a key; of the section itself when `key` is empty.
    pub(super) fn fault(&mut self, key: &str, message: impl Into<String>) {
        if self.malformed {
            return;
        }
        let path = if key.is_empty() { self.path.clone() } else { join(&self.path, key) };
        self.reader.faults.push((path, message.into()));
    }

    /// Whether this section or anything in it has a fault so far.
    pub(super) fn is_faulty(&self) -> bool {
        self.reader.faults.iter().any(|(path, _)| path.starts_with(&self.path))
    }

    /// Whether a key of this section has a fault so far.
    pub(super) fn is_faulty_at(&self, key: &str) -> bool {
        let path = join(&self.path, key);
        self.reader.faults.iter().any(|(faulty, _)| *faulty == path)
    }

    /// A scalar read by `parse`; none when not given or faulty.
    pub(super) fn scalar<T>(&mut self, key: &'static str, parse: impl FnOnce(Given) -> Result<T, String>) -> Option<T> {
        let value = self.value(key)?;
        let mut hidden = None;
        let read = Given::new(value, self.env()).and_then(|given| {
            hidden = given.quoted_from_env();
            parse(given)
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
        self.scalar(key, Given::text)
    }

    /// A truth value.
    pub(super) fn boolean(&mut self, key: &'static str, default: bool) -> bool {
        self.scalar(key, Given::boolean).unwrap_or(default)
    }

    /// One word out of a few.
    pub(super) fn word<T: Word>(&mut self, key: &'static str, default: T) -> T {
        self.scalar(key, |given| choose(&given.measure()?)).unwrap_or(default)
    }

    /// A number within a range.
    pub(super) fn float(&mut self, key: &'static str, range: RangeInclusive<f64>, default: f64, unit: &str) -> f64 {
        self.optional_float(key, range, unit).unwrap_or(default)
    }

    /// A number within a range; none when not given or faulty.
    pub(super) fn optional_float(&mut self, key: &'static str, range: RangeInclusive<f64>, unit: &str) -> Option<f64> {
        self.scalar(key, |given| given.float().and_then(|value| within(value, &range, ToString::to_string, "low", "high", unit)))
    }

    /// A whole number within a range.
    pub(super) fn integer<T>(&mut self, key: &'static str, range: RangeInclusive<T>, default: T, unit: &str) -> T
    where
        T: Copy + Into<u64> + TryFrom<i128>,
    {
        let wide = i128::from((*range.start()).into())..=i128::from((*range.end()).into());
        self.scalar(key, |given| {
            let value = within(given.integer()?, &wide, ToString::to_string, "low", "high", unit)?;
            T::try_from(value).map_err(|_| format!("{value} is too high"))
        })
        .unwrap_or(default)
    }

    /// A span of time within a range; none when not given or faulty.
    pub(super) fn span(&mut self, key: &'static str, range: RangeInclusive<Duration>) -> Option<Duration> {
        self.scalar(key, |given| within(parse_span(&given.measure()?)?, &range, |span| show_span(*span), "short", "long", ""))
    }

    /// A size in bytes within a range.
    pub(super) fn size(&mut self, key: &'static str, range: RangeInclusive<u64>, default: u64) -> u64 {
        let parse = |given: Given| within(parse_size(&given.measure()?)?, &range, |size| show_size(*size), "small", "large", "");
        self.scalar(key, parse).unwrap_or(default)
    }

    /// A path, made absolute.
    pub(super) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let base = self.base();
        self.scalar(key, |given| given.path(base))
    }

    /// A list's elements with their paths; none when not given or no list.
    pub(super) fn list(&mut self, key: &'static str) -> Option<Vec<(String, &'a Value)>> {
        if let Value::Sequence(elements) = self.value(key)? {
            let path = join(&self.path, key);
            Some(elements.iter().enumerate().map(|(at, value)| (format!("{path}[{at}]"), value)).collect())
        } else {
            self.fault(key, "expected a list; write [a, b], or a line with - for each");
            None
        }
    }

    /// A list of texts, each passed through `check`.
    pub(super) fn texts(&mut self, key: &'static str, check: impl Fn(&str) -> Result<(), String>) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for (path, value) in self.list(key)? {
            let text = Given::new(value, self.env()).and_then(Given::text);
            match text.and_then(|text| check(&text).map(|()| text)) {
                Ok(text) => texts.push(text),
                Err(message) => self.reader.faults.push((path, message)),
            }
        }
        Some(texts)
    }

    /// A section below this one; an empty one when not given.
    pub(super) fn section<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'_, 'a>) -> T) -> T {
        let value = self.value(key);
        let (path, known_bad) = (join(&self.path, key), self.malformed);
        self.reader.section(path, value, |section| {
            section.malformed |= known_bad;
            read(section)
        })
    }

    /// A section at any path, for list elements.
    pub(super) fn element<T>(
        &mut self,
        path: String,
        value: Option<&'a Value>,
        read: impl FnOnce(&mut Section<'_, 'a>) -> T,
    ) -> T {
        self.reader.section(path, value, read)
    }

    fn report_unknown(&mut self) {
        for key in self.entries.into_iter().flat_map(Mapping::keys) {
            let name = match key {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(yes) => yes.to_string(),
                Value::Null => "null".to_owned(),
                _ => "?".to_owned(),
            };
            if is_masked(&name) || (key.is_string() && self.asked.contains(&name.as_str())) {
                continue;
            }
            let message = match nearest(&name, &self.asked) {
                Some(known) => format!("unknown key; did you mean {known}?"),
                None if self.asked.is_empty() => "unknown key; nothing belongs here".to_owned(),
                None => format!("unknown key; known here: {}", self.asked.join(", ")),
            };
            self.fault(&name, message);
        }
    }
}

/// The value, or how it misses the range.
fn within<T: PartialOrd>(
    value: T,
    range: &RangeInclusive<T>,
    show: impl Fn(&T) -> String,
    less: &str,
    more: &str,
    unit: impl Display,
) -> Result<T, String> {
    let miss = if value < *range.start() {
        less
    } else if value > *range.end() {
        more
    } else {
        return Ok(value);
    };
    let unit = unit.to_string();
    let unit = if unit.is_empty() { unit } else { format!(" ({unit})") };
    Err(format!("{} is too {miss}; give {} to {}{unit}", show(&value), show(range.start()), show(range.end())))
}
