//! What is wrong with a configuration, where, and what to write instead.

use std::fmt;

/// A place in the file, both from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Place {
    /// Where a missing section is reported.
    pub(super) const START: Self = Self { line: 1, column: 1 };
}

/// One fault. Prints as `config.yaml:12:5: upload.per_second: 0 is too low; give 0.1 to 1000 (uploads per second)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    /// The file, as the person named it.
    pub file: String,
    /// Where the key stands; of a missing key, where its section stands; none when the file can't be read.
    pub place: Option<Place>,
    /// The key, with its sections: `upload.per_second`, `mapping.rules[0]`; empty for broken YAML.
    pub key: String,
    /// What is wrong and what to write instead. Never holds a secret.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(Place { line, column }) = self.place {
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
pub(crate) struct Faults(pub Vec<Fault>);

impl Faults {
    /// A fault of the file as a whole.
    pub(super) fn of_file(file: &str, message: String) -> Self {
        Self(vec![Fault { file: file.to_owned(), place: None, key: String::new(), message }])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
