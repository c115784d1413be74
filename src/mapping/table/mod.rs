//! The table rule: a CSV that names the target of each file (`file,kind,property,value[,owner,folder]`, or HR's own
//! columns).
//!
//! A row that goes unread must never fall through to a rule. So what can't be read for certain either makes the table
//! unusable or holds whatever it may concern: `cells` reads quotes strictly, `row` reads one row, `bind` finds the files
//! that rows mean (`bound` keeps them, `absent` those whose file is not there), `spelling` those whose names stand among other things in a cell, and `mention` those that unread text
//! may mean.

mod absent;
mod bind;
mod bound;
mod cells;
mod columns;
mod mention;
mod name;
mod read;
mod row;
mod sheet;
mod spelling;
mod text;

pub(crate) use absent::{AbsentRows, FormerRow};
pub(crate) use bound::{BoundTable, is_table_rule};
pub(crate) use columns::TableForm;
pub(crate) use sheet::{Sheet, file_key};
pub(crate) use text::Encoding;

use std::fmt;

use crate::mapping::spoilt;
use crate::model::{Advice, Property, Reference};

/// Rows taken at most; a limit against a wrong file under the table's name, and on memory.
const MOST_ROWS: usize = 500_000;
/// Faults that are told at most; all are counted.
const MOST_TOLD: usize = 1_000;

/// A read table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    /// Text that was not understood and may name files.
    unread: Vec<Unread>,
    faults: Vec<TableFault>,
    /// Rows that can't be used; the first of them are among the faults.
    bad: usize,
    /// The line that lacks its end: the table may have been cut off there, and other rows with it.
    open_end: Option<u64>,
    /// The last row, and whom it names if it was not cut off.
    cut: Option<(usize, Reference)>,
    encoding: Encoding,
    separator: u8,
    /// Lines above the header.
    above: usize,
}

/// Why a table as a whole can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TableError {
    /// Something else than a text.
    #[error("it is {0}, not a table")]
    NotATable(&'static str),
    /// In no encoding that is known.
    #[error("{}it is neither UTF-8 nor Windows-1252 throughout", Place(*line))]
    Encoding {
        /// The first such line, from 1; 0 if that can't be told.
        line: u64,
    },
    /// It ends in the middle.
    #[error("{}the table ends in the middle of a row, so it was cut off", Place(*line))]
    CutOff {
        /// The last line; 0 if that can't be told.
        line: u64,
    },
    /// A quote is never closed.
    #[error("line {line}: a quote is opened and not closed up to the end of the table, so the rows behind it can't be read")]
    OpenQuote {
        /// Where it is opened.
        line: u64,
    },
    /// Text follows a closing quote.
    #[error(
        "line {line}: text stands behind a closing quote (opened in line {opened}): a quote is missing or too many there or before; a quote that is part of the text is doubled"
    )]
    BehindQuote {
        /// Where.
        line: u64,
        /// Where that quote is opened.
        opened: u64,
    },
    /// A line break where none belongs.
    #[error(
        "line {line}: a cell holds a line break; that is possible in columns that are not used, such as remarks, and nowhere else. Is a quote missing?"
    )]
    LineBreak {
        /// Where the row begins.
        line: u64,
    },
    /// A column of the plain form is missing.
    #[error(
        "the table's first line must name the columns file, kind, property and value (separated by , ; a tab or |); {missing} is missing{}",
        There(there)
    )]
    Header {
        /// Which.
        missing: &'static str,
        /// Those there are.
        there: String,
    },
    /// A column that the configuration names is missing.
    #[error("the table has no column {name:?} (mapping.table.columns.{key}){}", There(there))]
    NoColumn {
        /// Its header.
        name: String,
        /// The key that names it.
        key: &'static str,
        /// Those there are.
        there: String,
    },
    /// A column that is needed stands there twice.
    #[error("the table has two columns {name:?}; which of them counts can't be told")]
    DoubleColumn {
        /// Its header.
        name: String,
    },
    /// Another header in the middle.
    #[error("line {line}: another header stands there, with the columns in another order, so the rows behind it can't be read")]
    SecondHeader {
        /// Where.
        line: u64,
    },
    /// More rows than the limit.
    #[error("the table has more than {MOST_ROWS} rows")]
    TooLong,
}

impl Advice for TableError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotATable(_) => "save it as CSV (in Excel: \"CSV UTF-8\")",
            Self::Encoding { .. } => "save it again as \"CSV UTF-8\"",
            Self::CutOff { .. } => "save or copy it again",
            Self::OpenQuote { .. } => "close it, or double it if it is part of the text",
            Self::Header { .. } => "HR's own columns are named under mapping.table.columns",
            Self::SecondHeader { .. } => "put the rows of both tables under one header",
            Self::BehindQuote { .. }
            | Self::LineBreak { .. }
            | Self::NoColumn { .. }
            | Self::DoubleColumn { .. }
            | Self::TooLong => return None,
        };
        Some(hint.to_owned())
    }
}

/// `line 7: `, where the line is known.
struct Place(u64);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, "line {}: ", self.0) }
    }
}

/// The columns there are, if there are any.
struct There<'t>(&'t str);

impl fmt::Display for There<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "; the columns there are {}", self.0) }
    }
}

/// One row that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableFault {
    /// Line in the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub message: String,
}

/// A row that names a file.
#[derive(Clone, Debug)]
struct Row {
    line: u64,
    /// The path, cleaned: `/` between its parts, neither drive nor share.
    file: Box<str>,
    /// The path begins somewhere else than in the source directory.
    is_foreign: bool,
    /// Whom it names, or why it can't be used.
    names: Result<Reference, Box<str>>,
}

/// Text of the table that names files nobody knows.
#[derive(Clone, Debug)]
struct Unread {
    line: u64,
    text: Box<str>,
    why: Box<str>,
}

impl Table {
    /// Whom the rows name.
    pub(crate) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.rows.iter().filter_map(|row| row.names.as_ref().ok())
    }

    /// What can't be used, by line: 1,000 at most, see [`Table::bad`].
    pub(crate) fn faults(&self) -> &[TableFault] {
        &self.faults
    }

    /// How many rows can't be used.
    pub(crate) const fn bad(&self) -> usize {
        self.bad
    }

    /// The last line, where it lacks its line end.
    pub(crate) const fn open_end(&self) -> Option<u64> {
        self.open_end
    }

    /// What is to be done about a row that can't be used, where that is not to correct it.
    pub(crate) fn cure(&self, line: u64) -> Option<&'static str> {
        let is_cut = self.cut.as_ref().is_some_and(|(at, _)| self.rows[*at].line == line);
        is_cut.then_some(
            "If the table is whole, end its last line with a line break, or put a column behind it that is not used; otherwise save or copy it again.",
        )
    }

    /// How many rows name a file.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row names a file.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows whose number looks like one that a spreadsheet spoilt, with what it did.
    pub(crate) fn spoilt(&self) -> impl Iterator<Item = (u64, &'static str)> {
        self.rows.iter().filter_map(|row| {
            let reference = row.names.as_ref().ok().filter(|reference| reference.property == Property::EmployeeId)?;
            Some((row.line, spoilt(&reference.value, &[])?.how?))
        })
    }

    /// How it was read: `read as UTF-8, separated by ;, 312 rows`.
    pub(crate) fn summary(&self) -> String {
        let separator = match self.separator {
            b'\t' => "tabs".to_owned(),
            other => char::from(other).to_string(),
        };
        let rows = if self.len() == 1 { "1 row".to_owned() } else { format!("{} rows", self.len()) };
        let above = match self.above {
            0 => String::new(),
            1 => " below 1 line above the header".to_owned(),
            lines => format!(" below {lines} lines above the header"),
        };
        format!("read as {}, separated by {separator}, {rows}{above}", self.encoding)
    }

    fn fault(&mut self, line: u64, message: String) {
        self.bad += 1;
        if self.faults.len() < MOST_TOLD {
            self.faults.push(TableFault { line, message });
        }
    }
}
