//! The cells of a table of which nobody knows yet what its columns mean.

use super::cells::{Record, Records};
use super::name::{cleaned, folded, is_value, last, stem};
use super::read::{ABOVE, SEPARATORS, separator_line};
use super::text::decode;
use super::{MOST_ROWS, TableError};

/// Rows by which the separator and the header are found.
const LOOKED_AT: usize = 30;

/// Headers and rows.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// As the table has them.
    pub headers: Vec<String>,
    /// Cell by cell.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// Reads a table by the separator that makes most rows of as many cells as the header has, from its header on.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, TableError> {
        let (text, _) = decode(bytes)?;
        let (named, text, line) = separator_line(&text);
        let start = |separator: u8| -> Vec<Record<'_>> {
            Records::new(text, separator, line).map_while(Result::ok).take(LOOKED_AT).collect()
        };
        let fit = |separator: &u8| {
            let rows = start(*separator);
            let cells = rows.get(header(&rows)).map_or(0, |header| header.cells.len());
            (rows.iter().filter(|row| cells > 1 && row.cells.len() == cells).count(), cells)
        };
        let separator = named.or_else(|| SEPARATORS.into_iter().rev().max_by_key(fit)).unwrap_or(b',');
        let above = header(&start(separator));
        let mut rows = Vec::new();
        for record in Records::new(text, separator, line).skip(above) {
            if rows.len() > MOST_ROWS {
                return Err(TableError::TooLong);
            }
            rows.push(record?.cells.iter().map(|cell| cell.text.trim().to_owned()).collect());
        }
        let headers = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
        Ok(Self { headers, rows })
    }
}

/// Which of these rows is the header: the first that is more than half as full as the fullest and holds words; above it
/// stand titles.
fn header(rows: &[Record<'_>]) -> usize {
    let filled = |row: &Record<'_>| row.cells.iter().filter(|cell| !cell.text.is_empty()).count();
    let fullest = rows.iter().map(filled).max().unwrap_or(0);
    let is_header = |row: &Record<'_>| !row.cells.iter().any(|cell| is_value(&cell.text));
    let first = rows.iter().take(ABOVE + 1).position(|row| filled(row) >= (fullest / 2 + 1).max(2));
    first.filter(|at| is_header(&rows[*at])).unwrap_or(0)
}

/// What the name of a file has in common with a cell that means it: no folders, no ending, no case.
pub(crate) fn file_key(text: &str) -> String {
    let name = folded(last(&cleaned(text).0));
    stem(&name).to_owned()
}
