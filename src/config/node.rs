//! Values as the file writes them, each key with its place.
//!
//! What a word without quotes means, `serde_yaml` says: null, true and false as in YAML 1.2, and its own [`Number`].

use std::collections::BTreeMap;
use std::rc::Rc;

use saphyr_parser::{ScalarStyle, Tag};
use serde_yaml::Number;

use super::fault::Position;

/// One value. What an alias repeats is shared.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// Values in a row, and where each begins.
    List(Vec<(Position, Rc<Node>)>),
    /// Values by their keys.
    Section(Entries),
    /// Something with a tag of its own, which means nothing here.
    Tagged,
}

/// A section's values.
pub(super) type Entries = BTreeMap<Key, NodeEntry>;

/// A key's value, and where the key stands.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct NodeEntry {
    pub(super) at: Position,
    pub(super) value: Rc<Node>,
}

/// A key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Key {
    /// A text, as all keys of a configuration are.
    Text(String),
    /// Another scalar, as it is shown.
    Other(String),
    /// A list or a section, told apart by its place.
    Compound(Position),
}

impl Key {
    /// The key that a value makes.
    pub(super) fn of(value: &Node, at: Position) -> Self {
        match value {
            Node::Text(text) => Self::Text(text.clone()),
            Node::Number(number) => Self::Other(number.to_string()),
            Node::Bool(yes) => Self::Other(yes.to_string()),
            Node::Null => Self::Other("null".to_owned()),
            Node::List(_) | Node::Section(_) | Node::Tagged => Self::Compound(at),
        }
    }

    /// For messages.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Text(name) if name.is_empty() => "\"\"",
            Self::Text(name) | Self::Other(name) => name,
            Self::Compound(_) => "?",
        }
    }
}

impl Node {
    /// What a scalar means. The line break at the end of a block (`|`, `>`) is how it is written, not what it says.
    pub(super) fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Self {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let text = if is_block { text.trim_end_matches('\n') } else { text };
        match tag {
            Some(tag) if tag.is_yaml_core_schema() => match tag.suffix.as_str() {
                "null" | "bool" | "int" | "float" => Self::plain(text),
                _ => Self::Text(text.to_owned()),
            },
            Some(_) => Self::Tagged,
            None if style == ScalarStyle::Plain => Self::plain(text),
            None => Self::Text(text.to_owned()),
        }
    }

    fn plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            _ => text.parse().map_or_else(|_| whole(text), Self::Number),
        }
    }
}

/// A whole number that is too large for any type is a number all the same; anything else is a text.
fn whole(text: &str) -> Node {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { text.parse::<f64>().ok().filter(|number| number.is_finite()) } else { None };
    number.map_or_else(|| Node::Text(text.to_owned()), |number| Node::Number(number.into()))
}

/// Whether a list or section has a tag that is not YAML's own name for such a thing.
pub(super) fn is_tagged(tag: Option<&Tag>) -> bool {
    tag.is_some_and(|tag| !tag.is_yaml_core_schema())
}
