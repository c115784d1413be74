//! Which files a proposed rule takes: a template where one will do, else a regular expression.

use std::fmt::Write;
use std::ops::Range;

use super::forms::Form;
use super::words::{is_number, words};
use crate::mapping::PathSpec;

/// A part of the name of a file or folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Text(String),
    /// Anything.
    Any,
    /// What a placeholder of the form stands for, by its place.
    Name(usize),
    /// The same, of which only the first letter counts.
    Initial(usize),
    /// A number of so many digits, or of any.
    Number(Option<usize>),
    /// What stands before a number, or behind it, as a regular expression.
    Around(&'static str),
}

/// Where the name stands that says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// In the file's own.
    File,
    /// In that of its folder.
    Folder,
}

/// The form of such a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    /// The whole name of the file, where the folder says who it is and all files in them are called so.
    file: Option<String>,
    pub(super) place: Place,
}

/// Around the first number of a name, the last one, and one of a known width.
const FIRST: [&str; 2] = ["[^0-9/]*", "(?:[^0-9/][^/]*)?"];
const LAST: [&str; 2] = ["(?:[^/]*[^0-9/])?", "[^0-9/]*"];
const ONE: [&str; 2] = ["(?:[^/]*[^0-9/])?", "(?:[^0-9/][^/]*)?"];

/// Patterns for this name: what says who it is stands at these places, in their order.
pub(super) fn patterns(text: &str, spans: &[Range<usize>], form: &Form, place: Place, stem: &str) -> Vec<Pattern> {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Vec::new() };
    let (before, after) = (&text[..first.start], &text[last.end..]);
    let mut inner = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        if let Some(next) = at.checked_sub(1).and_then(|before| spans.get(before)) {
            inner.push(Part::Text(text[next.end..span.start].to_owned()));
        }
        inner.push(if form.initial == Some(at) { Part::Initial(at) } else { Part::Name(at) });
    }
    let mut found = Vec::new();
    for before in befores(before) {
        for after in afters(after) {
            found.push([before.clone(), inner.clone(), after].concat());
        }
    }
    let value = &text[first.clone()];
    if spans.len() == 1 && is_number(value) {
        let around = |[before, after]: [&'static str; 2], number| vec![Part::Around(before), number, Part::Around(after)];
        found.push(vec![Part::Number(None)]);
        if value.len() < text.len() {
            found.push(around(FIRST, Part::Number(None)));
            found.push(around(LAST, Part::Number(None)));
            found.push(around(ONE, Part::Number(Some(value.len()))));
        }
    }
    let files = if place == Place::Folder { vec![None, Some(stem.to_owned())] } else { vec![None] };
    let whole = |parts: Vec<Part>| files.iter().map(move |file| Pattern { parts: parts.clone(), file: file.clone(), place });
    found.into_iter().flat_map(whole).collect()
}

/// What stands before: as it is, or anything as far as the separator.
fn befores(text: &str) -> Vec<Vec<Part>> {
    if text.is_empty() {
        return vec![Vec::new()];
    }
    let mut found = vec![vec![Part::Text(text.to_owned())]];
    let ends = words(text).last().map_or(0, |word| word.end);
    if (1..text.len()).contains(&ends) {
        found.push(vec![Part::Any, Part::Text(text[ends..].to_owned())]);
        let each = stars(text);
        if each.len() > 2 {
            found.push(each);
        }
    }
    found
}

fn afters(text: &str) -> Vec<Vec<Part>> {
    if text.is_empty() {
        return vec![Vec::new()];
    }
    let mut found = vec![vec![Part::Text(text.to_owned())]];
    let begins = words(text).first().map_or(text.len(), |word| word.start);
    if begins > 0 && begins < text.len() {
        found.push(vec![Part::Text(text[..begins].to_owned()), Part::Any]);
    }
    found
}

/// Each word anything, with what stands between them.
fn stars(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut end = 0;
    for word in words(text) {
        if word.start > end {
            parts.push(Part::Text(text[end..word.start].to_owned()));
        }
        if parts.last() != Some(&Part::Any) {
            parts.push(Part::Any);
        }
        end = word.end;
    }
    parts.push(Part::Text(text[end..].to_owned()));
    parts
}

impl Pattern {
    /// The less, the better a person understands it, and the less it takes by accident.
    pub(super) fn cost(&self) -> u32 {
        let cost = |part: &Part| match part {
            Part::Text(text) if text.contains(|letter: char| letter.is_ascii_digit()) => 25,
            Part::Text(_) => 0,
            Part::Any => 8,
            Part::Name(_) => 1,
            // Many people share an initial and a last name.
            Part::Initial(_) => 45,
            Part::Number(None) => 19,
            Part::Number(Some(_)) => 22,
            Part::Around(_) => 3,
        };
        let file = match (self.place, &self.file) {
            (Place::File, _) => 0,
            (Place::Folder, Some(_)) => 12,
            (Place::Folder, None) => 16,
        };
        self.parts.iter().map(cost).sum::<u32>() + file
    }

    /// As the configuration writes it. `folder`: where such names stand; `below`: in any folder below it, too.
    pub(super) fn spec(&self, folder: &str, below: bool, names: &[&'static str]) -> Option<PathSpec> {
        let is_plain = |part: &Part| matches!(part, Part::Text(_) | Part::Any | Part::Name(_));
        if self.parts.iter().all(is_plain) { self.template(folder, below, names) } else { self.regex(folder, below, names) }
    }

    fn template(&self, folder: &str, below: bool, names: &[&'static str]) -> Option<PathSpec> {
        let mut out = if folder.is_empty() { String::new() } else { format!("{}/", literal(folder)?) };
        out.push_str(if below { "**/" } else { "" });
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(&literal(text)?),
                Part::Name(at) => write!(out, "{{{}}}", names.get(*at)?).ok()?,
                _ => out.push('*'),
            }
        }
        if self.place == Place::Folder {
            write!(out, "/{}", self.file.as_deref().map_or(Some("*".to_owned()), literal)?).ok()?;
        }
        out.push_str(".{ext}");
        Some(PathSpec::Files(out))
    }

    fn regex(&self, folder: &str, below: bool, names: &[&'static str]) -> Option<PathSpec> {
        let mut out = if folder.is_empty() { String::new() } else { format!("{}/", escaped(folder)) };
        out.push_str(if below { "(?:.*/)?" } else { "" });
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(&escaped(text)),
                Part::Any => out.push_str("[^/]*?"),
                Part::Name(at) => write!(out, "(?<{}>[^/]+?)", names.get(*at)?).ok()?,
                Part::Initial(at) => write!(out, "(?<{}>[^/])[^/]*?", names.get(*at)?).ok()?,
                Part::Number(None) => write!(out, "(?<{}>[0-9]+)", names.first()?).ok()?,
                Part::Number(Some(width)) => write!(out, "(?<{}>[0-9]{{{width}}})", names.first()?).ok()?,
                Part::Around(text) => out.push_str(text),
            }
        }
        if self.place == Place::Folder {
            write!(out, "/{}", self.file.as_deref().map_or("[^/]*".to_owned(), escaped)).ok()?;
        }
        out.push_str(r"\.[A-Za-z0-9]+");
        Some(PathSpec::Regex(out))
    }
}

/// Text that stands for itself in a regular expression, as a person would write it.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, letter| {
        if r"\.+*?()|[]{}^$".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
        out
    })
}

/// Text that stands for itself in a template; none if none can.
fn literal(text: &str) -> Option<String> {
    (!text.contains(['*', '?'])).then(|| text.replace('{', "{{").replace('}', "}}"))
}
