//! The cells of a table of which nobody knows yet what its columns mean.

use super::cells::Records;
use super::name::{cleaned, folded, last, stem};
use super::read::{SEPARATORS, separator_line};
use super::text::decode;
use super::{MOST_ROWS, TableError};

/// Headers and rows.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// As the first line has them.
    pub headers: Vec<String>,
    /// Cell by cell.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// Reads a table by the separator that makes most columns of its first line.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, TableError> {
        let (text, _) = decode(bytes)?;
        let (named, text, line) = separator_line(&text);
        let columns = |separator: &u8| {
            let first = Records::new(text, *separator, line).next();
            first.and_then(Result::ok).map_or(0, |record| record.cells.len())
        };
        let separator = named.or_else(|| SEPARATORS.into_iter().rev().max_by_key(columns)).unwrap_or(b',');
        let mut rows = Vec::new();
        for record in Records::new(text, separator, line) {
            if rows.len() > MOST_ROWS {
                return Err(TableError::TooLong);
            }
            rows.push(record?.cells.iter().map(|cell| cell.text.trim().to_owned()).collect());
        }
        let headers = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
        Ok(Self { headers, rows })
    }
}

/// What the name of a file has in common with a cell that means it: no folders, no ending, no case.
pub(crate) fn file_key(text: &str) -> String {
    let name = folded(last(&cleaned(text).0));
    stem(&name).to_owned()
}
