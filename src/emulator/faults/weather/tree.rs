//! YAML as a tree whose values know where they stand.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::fault::{Position, WeatherFault};

/// What a weather may amount to: values, each alias counted as what it repeats, and how deep they lie within each other.
const MOST_VALUES: usize = 100_000;
const DEEPEST: usize = 64;

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
    /// Values that it amounts to, and levels.
    values: usize,
    levels: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    /// A word without quotes: a number, a duration, a truth value.
    Word(String),
    /// A text in quotes.
    Text(String),
    List(Rc<[Node]>),
    Section(Rc<[Entry]>),
}

/// A key, where it stands, and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: Position,
    pub(super) node: Node,
}

impl Node {
    /// Parses a file. What is no YAML at all ends it.
    pub(super) fn parse(text: &str) -> Result<Self, WeatherFault> {
        let mut builder = Builder::default();
        for event in Parser::new_from_str(text.strip_prefix('\u{FEFF}').unwrap_or(text)) {
            let (event, span) = event.map_err(|error| {
                WeatherFault::new(position(*error.marker()), "", &format!("this is not valid YAML: {}", error.info()))
            })?;
            let at = position(span.start);
            builder.on_event(event, at).map_err(|message| WeatherFault::new(at, "", &message))?;
        }
        Ok(builder.root.unwrap_or(Self::scalar(Position { line: 1, column: 1 }, Value::Null)))
    }

    const fn scalar(at: Position, value: Value) -> Self {
        Self { at, value, values: 1, levels: 0 }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Word(text) | Value::Text(text) => Some(text),
            Value::Null | Value::List(_) | Value::Section(_) => None,
        }
    }

    /// The same in JSON.
    pub(super) fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Word(word) => serde_yaml::from_str(word).unwrap_or_else(|_| word.clone().into()),
            Value::Text(text) => text.clone().into(),
            Value::List(nodes) => nodes.iter().map(Self::json).collect(),
            Value::Section(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.node.json())).collect(),
        }
    }
}

/// A list or section that is being read; of a section also the key whose value comes next.
struct Frame {
    at: Position,
    anchor: usize,
    list: Option<Vec<Node>>,
    entries: Vec<Entry>,
    key: Option<(String, Position)>,
}

#[derive(Default)]
struct Builder {
    frames: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
}

impl Builder {
    fn on_event(&mut self, event: Event<'_>, at: Position) -> Result<(), String> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err("a second document begins here; a weather is one, without --- in it".to_owned())
            }
            Event::Scalar(text, style, anchor, _) => {
                let value = match (&*text, style) {
                    ("" | "~" | "null" | "Null" | "NULL", ScalarStyle::Plain) => Value::Null,
                    (word, ScalarStyle::Plain) => Value::Word(word.to_owned()),
                    (text, ScalarStyle::Literal | ScalarStyle::Folded) => Value::Text(text.trim_end_matches('\n').to_owned()),
                    (text, _) => Value::Text(text.to_owned()),
                };
                self.add(Node::scalar(at, value), anchor)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => self.add(node, 0),
                None => Err("this alias repeats the list or section that it stands in, without end".to_owned()),
            },
            Event::SequenceStart(anchor, _) => self.open(at, anchor, Some(Vec::new())),
            Event::MappingStart(anchor, _) => self.open(at, anchor, None),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => Ok(()),
        }
    }

    fn open(&mut self, at: Position, anchor: usize, list: Option<Vec<Node>>) -> Result<(), String> {
        self.frames.push(Frame { at, anchor, list, entries: Vec::new(), key: None });
        if self.frames.len() > DEEPEST { Err(too_much()) } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(Frame { at, anchor, list, entries, .. }) = self.frames.pop() else { return Ok(()) };
        let within = || list.iter().flatten().chain(entries.iter().map(|entry| &entry.node));
        let values = within().fold(1_usize, |sum, node| sum.saturating_add(node.values));
        let levels = within().map(|node| node.levels).max().unwrap_or(0) + 1;
        let value = list.map_or_else(|| Value::Section(entries.into()), |nodes| Value::List(nodes.into()));
        self.add(Node { at, value, values, levels }, anchor)
    }

    /// Puts a value where it belongs: as a key, as the value of the key before it, as an element, or as the whole.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if node.values > MOST_VALUES || node.levels + self.frames.len() > DEEPEST {
            return Err(too_much());
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut frame.list, frame.key.take()) {
            (Some(list), _) => list.push(node),
            (None, Some((key, at))) => frame.entries.push(Entry { key, at, node }),
            (None, None) => {
                let key = node.text().ok_or("a list or a section stands where a key is expected")?;
                frame.key = Some((key.to_owned(), node.at));
            }
        }
        Ok(())
    }
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line().max(1), column: marker.col() + 1 }
}

fn too_much() -> String {
    format!("this holds more than a weather can ({MOST_VALUES} values, {DEEPEST} levels); is it the right file?")
}
