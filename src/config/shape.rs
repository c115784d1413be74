//! What a key may hold, as the code says that reads it.

use serde_json::{Value, json};

/// One of the things that a key may hold.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Shape {
    /// Nothing is said of it.
    Anything,
    /// A text; what it must look like says the message about a wrong one.
    Text,
    /// `true` or `false`.
    Boolean,
    /// One of these.
    Word(Vec<&'static str>),
    /// A number, from and to.
    Number(f64, f64),
    /// A whole number, from and to.
    Integer(u64, u64),
    /// A span of time with its unit.
    Duration,
    /// Bytes, with or without a unit.
    Size,
    /// A list.
    List,
    /// Keys of its own.
    Section,
}

impl Shape {
    /// What a schema says of a value that is none of a list and a section. Whatever is no text may also come from the environment.
    pub(super) fn scalar(&self) -> Option<Value> {
        Some(match self {
            Self::Anything | Self::List | Self::Section => return None,
            Self::Text => json!({ "type": "string" }),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::Word(words) => json!({ "enum": words }),
            Self::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
            Self::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Self::Duration => json!({ "type": "string", "pattern": "^[0-9]+ *(ms|s|m|h|d)$" }),
            Self::Size => {
                json!({ "type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+ *([kKmMgG][iI]?)?[bB]?$" })
            }
        })
    }
}
