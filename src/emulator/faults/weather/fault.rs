//! What is wrong with a weather file: all of it at once, each with its place.

use std::fmt;

/// Faults that are told; whoever has more of them has the wrong file.
const MOST: usize = 100;

/// A place in the file, both from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// One fault.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct WeatherFault {
    at: Position,
    /// `faults[0].share`; empty for the file as a whole.
    key: String,
    message: String,
}

impl WeatherFault {
    pub(super) fn new(at: Position, key: &str, message: &str) -> Self {
        Self { at, key: key.to_owned(), message: message.to_owned() }
    }
}

impl fmt::Display for WeatherFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, key, message } = self;
        if key.is_empty() { write!(f, "{at}: {message}") } else { write!(f, "{at}: {key}: {message}") }
    }
}

/// Why a weather file was not taken: every fault, in the order of the file, with what to write instead.
#[derive(Debug)]
pub struct WeatherError(Vec<WeatherFault>);

impl WeatherError {
    pub(super) fn new(mut faults: Vec<WeatherFault>) -> Self {
        faults.sort();
        faults.dedup();
        Self(faults)
    }
}

impl fmt::Display for WeatherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = self.0.as_slice();
        if let [fault] = faults {
            return fault.fmt(f);
        }
        write!(f, "{} faults", faults.len())?;
        for fault in faults.iter().take(MOST) {
            write!(f, "\n  {fault}")?;
        }
        if faults.len() > MOST { write!(f, "\n  and {} more", faults.len() - MOST) } else { Ok(()) }
    }
}

impl std::error::Error for WeatherError {}
