//! What is wrong with a configuration, where, and what to write instead.

use std::fmt;

/// Faults told at once: more than anybody corrects in one go.
const MAX_SHOWN: usize = 1_000;
/// Characters of a message, and of a key in it: a file can hold a word of any length.
const MAX_MESSAGE: usize = 1_000;
const MAX_KEY: usize = 60;

/// A place in the file, both from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Position {
    /// Where a missing section is reported.
    pub(super) const START: Self = Self { line: 1, column: 1 };
}

/// One fault. Prints as `config.yaml:12:5: upload.per_second: 0 is too low; give 0.1 to 1000 (uploads per second)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ConfigFault {
    /// The file, as the person named it.
    file: String,
    /// Where the key stands; of a missing key, where its section stands; none when the file can't be read.
    position: Option<Position>,
    /// The key, with its sections: `upload.per_second`, `mapping.rules[0]`; empty for broken YAML.
    key: String,
    /// What is wrong and what to write instead. Never holds a secret.
    message: String,
}

impl ConfigFault {
    /// Whether the same is wrong with the same key, wherever that stands.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (&self.key, &self.message) == (&other.key, &other.message)
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(Position { line, column }) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Every fault of a configuration, sorted by place; never empty. Prints one a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ConfigFaults(pub Vec<ConfigFault>);

impl ConfigFaults {
    /// A fault of the file as a whole.
    pub(super) fn of_file(file: &str, message: String) -> Self {
        Self(vec![ConfigFault { file: file.to_owned(), position: None, key: String::new(), message }])
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigFaults {}

/// Faults being collected: all are counted, and as many kept as are told.
#[derive(Default, Debug)]
pub(super) struct FaultList {
    kept: Vec<(Position, String, String)>,
    count: usize,
}

impl FaultList {
    /// Takes one more: where, of which key, and what is wrong.
    pub(super) fn push(&mut self, at: Position, key: impl Into<String>, message: &str) {
        self.count += 1;
        if self.kept.len() < MAX_SHOWN {
            self.kept.push((at, key.into(), truncated(message, MAX_MESSAGE)));
        }
    }

    /// Says more of a fault that is kept.
    pub(super) fn add_to(&mut self, key: &str, message: &str, more: &str) {
        let said = self.kept.iter_mut().rev().find(|(_, faulty, said)| faulty == key && said == message);
        if let Some((.., said)) = said {
            *said = truncated(&format!("{message}{more}"), MAX_MESSAGE);
        }
    }

    /// How many there are so far.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Whether a key has one of those that are kept.
    pub(super) fn names(&self, key: &str) -> bool {
        self.kept.iter().any(|(_, faulty, _)| faulty == key)
    }

    /// Those of `other` too.
    pub(super) fn extend(&mut self, other: Self) {
        self.count += other.count;
        self.kept.extend(other.kept);
    }

    /// What a person reads of them, in the order of the file.
    pub(super) fn finish(mut self, file: &str) -> ConfigFaults {
        self.kept.sort();
        self.kept.truncate(MAX_SHOWN);
        let more = self.count - self.kept.len();
        let fault = |(at, key, message)| ConfigFault { file: file.to_owned(), position: Some(at), key, message };
        let mut faults: Vec<ConfigFault> = self.kept.into_iter().map(fault).collect();
        if more > 0 {
            faults.extend(ConfigFaults::of_file(file, format!("has {more} more faults; correct these first")).0);
        }
        ConfigFaults(faults)
    }
}

/// The path of a key in a section.
pub(super) fn join(section: &str, key: &str) -> String {
    let key = truncated(key, MAX_KEY);
    if section.is_empty() { key } else { format!("{section}.{key}") }
}

/// At most so many characters of a text.
fn truncated(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
