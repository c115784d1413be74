//! YAML text as a tree, made in one pass over the events of one parser: places and repeated keys come out of it by
//! construction.
//!
//! A file comes from anywhere, so its nesting and its size are bounded, both as they would be if every alias were
//! written out: what an alias repeats is shared in memory, but whoever reads the tree meets it again and again.

use std::collections::HashMap;
use std::collections::btree_map::Entry as MapEntry;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser};

use super::fault::{FaultList, Position, join};
use super::node::{Entries, Key, Node, NodeEntry, is_tagged};

/// Sections and lists within each other; a configuration has six.
const MAX_LEVELS: usize = 64;
/// What a file may amount to: its texts, and for each value besides ...
const MAX_WEIGHT: usize = 4 << 20;
/// ... this much. More than a hundred thousand values fit.
const VALUE_WEIGHT: usize = 32;

/// A parsed file.
pub(super) struct YamlDocument {
    /// What it says; null when empty.
    pub(super) root: Rc<Node>,
    /// Keys that are given a second time; the first one counts.
    pub(super) repeated: FaultList,
}

/// Why a file can't be read at all: where, and what to do.
pub(super) type SyntaxError = (Position, String);

impl YamlDocument {
    /// Parses text. One fault of syntax ends it; repeated keys are collected.
    pub(super) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        check_characters(text)?;
        let mut builder = TreeBuilder::default();
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let at = position(*error.marker());
                let hint = if is_indented_by_tab(text, at.line) { "; indent with spaces, not with tabs" } else { "" };
                (at, format!("this is not valid YAML: {}{hint}", error.info()))
            })?;
            builder.on_event(event, position(span.start))?;
        }
        Ok(Self { root: builder.root.unwrap_or(Rc::new(Node::Null)), repeated: builder.repeated })
    }
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line().max(1), column: marker.col() + 1 }
}

fn is_indented_by_tab(text: &str, line: usize) -> bool {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    line.chars().take_while(|character| character.is_whitespace()).any(|character| character == '\t')
}

/// Refuses what YAML allows in no text. The parser would take a NUL for the end of the file.
fn check_characters(text: &str) -> Result<(), SyntaxError> {
    let mut at = Position::START;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\t' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'.. => at.column += 1,
            '\r' if characters.peek() == Some(&'\n') => at.column += 1,
            '\n' | '\r' => at = Position { line: at.line + 1, column: 1 },
            _ => {
                let code = u32::from(character);
                let message =
                    format!("this is not valid YAML: the character U+{code:04X} is not allowed; save the file as UTF-8 text");
                return Err((at, message));
            }
        }
    }
    Ok(())
}

/// A value that is whole, and what it would amount to with its aliases written out.
#[derive(Clone)]
struct SizedNode {
    node: Rc<Node>,
    weight: usize,
    levels: usize,
}

/// A list or section that is being read.
struct Frame {
    content: Content,
    /// Where it begins.
    at: Position,
    /// The parser's number for its anchor; 0: it has none.
    anchor: usize,
    tagged: bool,
    weight: usize,
    levels: usize,
}

enum Content {
    List(Vec<(Position, Rc<Node>)>),
    /// With the key whose value comes next.
    Section(Entries, Option<(Key, Position)>),
}

#[derive(Default)]
struct TreeBuilder {
    frames: Vec<Frame>,
    anchors: HashMap<usize, SizedNode>,
    root: Option<Rc<Node>>,
    repeated: FaultList,
}

impl TreeBuilder {
    fn on_event(&mut self, event: Event<'_>, at: Position) -> Result<(), SyntaxError> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err((at, "a second document begins here; a configuration is one, without --- in it".to_owned()))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = Rc::new(Node::scalar(&text, style, tag.as_deref()));
                self.add(SizedNode { node, weight: VALUE_WEIGHT + text.len(), levels: 0 }, at, anchor)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(value) => self.add(value, at, 0),
                None => Err((at, "this alias repeats the section or list that it stands in, without end".to_owned())),
            },
            Event::SequenceStart(anchor, tag) => self.open(Content::List(Vec::new()), at, anchor, is_tagged(tag.as_deref())),
            Event::MappingStart(anchor, tag) => {
                self.open(Content::Section(Entries::new(), None), at, anchor, is_tagged(tag.as_deref()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => Ok(()),
        }
    }

    fn open(&mut self, content: Content, at: Position, anchor: usize, tagged: bool) -> Result<(), SyntaxError> {
        if self.frames.len() >= MAX_LEVELS {
            return Err(too_deep(at));
        }
        self.frames.push(Frame { content, at, anchor, tagged, weight: VALUE_WEIGHT, levels: 1 });
        Ok(())
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        let Some(Frame { content, at, anchor, tagged, weight, levels }) = self.frames.pop() else { return Ok(()) };
        let node = match content {
            _ if tagged => Node::Tagged,
            Content::List(elements) => Node::List(elements),
            Content::Section(entries, _) => Node::Section(entries),
        };
        self.add(SizedNode { node: Rc::new(node), weight, levels }, at, anchor)
    }

    /// Puts a value where it belongs: as a key, as the value of the key before it, as an element, or as the whole.
    fn add(&mut self, value: SizedNode, at: Position, anchor: usize) -> Result<(), SyntaxError> {
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        let SizedNode { node, weight, levels } = value;
        let above = self.frames.len();
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.weight = frame.weight.saturating_add(weight);
        if frame.weight > MAX_WEIGHT {
            let message = format!(
                "this holds more than a configuration can ({} MiB, each alias counted as what it repeats); is it the right file?",
                MAX_WEIGHT >> 20
            );
            return Err((at, message));
        }
        frame.levels = frame.levels.max(levels + 1);
        if above + levels > MAX_LEVELS {
            return Err(too_deep(at));
        }
        let mut repeated = None;
        match &mut frame.content {
            Content::List(elements) => elements.push((at, node)),
            Content::Section(entries, key) => match key.take() {
                None => *key = Some((Key::of(&node, at), at)),
                Some((key, at)) => match entries.entry(key) {
                    MapEntry::Vacant(place) => _ = place.insert(NodeEntry { at, value: node }),
                    MapEntry::Occupied(known) => repeated = Some((at, known.key().name().to_owned())),
                },
            },
        }
        if let Some((at, name)) = repeated {
            let path = join(&self.path(), &name);
            self.repeated.push(at, path, "is given twice; keep one");
        }
        Ok(())
    }

    /// The path of the list or section being read.
    fn path(&self) -> String {
        let Some((_, outer)) = self.frames.split_last() else { return String::new() };
        outer.iter().fold(String::new(), |path, frame| match &frame.content {
            Content::List(elements) => format!("{path}[{}]", elements.len()),
            Content::Section(_, key) => join(&path, key.as_ref().map_or("?", |(key, _)| key.name())),
        })
    }
}

fn too_deep(at: Position) -> SyntaxError {
    (at, format!("sections and lists lie within each other more than {MAX_LEVELS} levels deep here; is it the right file?"))
}
