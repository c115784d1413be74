//! The table rule: a CSV that names the target of each file (`file,kind,property,value[,owner,folder]`).

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::Match;
use super::check::check;
use super::pattern::composed;
use crate::model::{Problem, Property, Reason, Reference, SourcePath, TargetKind};

/// Rows taken at most; a limit against a wrong file under the table's name.
const MOST_ROWS: usize = 2_000_000;

/// A read table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// By path, composed: a table saved by Excel names files of a Mac's share.
    rows: HashMap<String, Row>,
    faults: Vec<TableFault>,
}

/// Why a table as a whole can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Not UTF-8 text.
    #[error("the table is not UTF-8 text; save it as \"CSV UTF-8\"")]
    NotUtf8,
    /// A column of the header is missing.
    #[error("the table's first line must name the columns file, kind, property and value (separated by , or ;); {0} is missing")]
    Header(&'static str),
    /// More rows than the limit.
    #[error("the table has more than {MOST_ROWS} rows")]
    TooLong,
}

/// One row that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFault {
    /// Line in the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub message: String,
}

#[derive(Clone, Debug)]
struct Row {
    /// As the table spells it.
    file: SourcePath,
    line: u64,
    speaks: Result<Reference, String>,
}

impl Table {
    /// Whom the rows name.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.rows.values().filter_map(|row| row.speaks.as_ref().ok())
    }

    /// Reads the table. A bad row is a fault with its line, and holds its file; the rest goes on.
    pub fn parse(bytes: &[u8]) -> Result<Self, TableError> {
        let text = std::str::from_utf8(bytes).map_err(|_| TableError::NotUtf8)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // One kind of line end, so that line numbers are an editor's.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
        let delimiter = if header.matches(';').count() > header.matches(',').count() { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut lines = Lines { text: &text, line: 1, at: 0 };
        let mut columns: Option<Columns> = None;
        let mut table = Self::default();
        for (at, record) in reader.records().enumerate() {
            if at > MOST_ROWS {
                return Err(TableError::TooLong);
            }
            match (record, &columns) {
                (Err(error), _) => {
                    let line = error.position().map_or(0, |position| lines.of(position));
                    table.faults.push(TableFault { line, message: format!("not a CSV row: {error}") });
                }
                (Ok(record), None) => columns = Some(Columns::of(&record)?),
                (Ok(record), Some(columns)) => {
                    let line = record.position().map_or(0, |position| lines.of(position));
                    table.take(columns, line, &record);
                }
            }
        }
        if columns.is_none() {
            return Err(TableError::Header("file"));
        }
        Ok(table)
    }

    fn take(&mut self, columns: &Columns, line: u64, record: &csv::StringRecord) {
        let file = record.get(columns.file).unwrap_or("");
        if record.iter().all(str::is_empty) {
            return;
        }
        let path = match SourcePath::new(&file.replace('\\', "/")) {
            Ok(path) => path,
            Err(error) => {
                self.faults.push(TableFault { line, message: format!("file {file:?}: {error}") });
                return;
            }
        };
        let mut speaks = columns.reference(record);
        if let Err(message) = &speaks {
            self.faults.push(TableFault { line, message: message.clone() });
        }
        let key = composed(path.as_str()).into_owned();
        if let Some(earlier) = self.rows.get(&key) {
            if earlier.speaks == speaks {
                return;
            }
            let message = format!("lines {} and {line} say different things about this file", earlier.line);
            self.faults.push(TableFault { line, message: message.clone() });
            speaks = Err(message);
        }
        self.rows.insert(key, Row { file: path, line, speaks });
    }

    /// What the table says of a path: nothing, whom it speaks for, or why its row can't be used.
    pub fn find(&self, path: &SourcePath) -> Option<Result<Match, Problem>> {
        let row = self.rows.get(composed(path.as_str()).as_ref())?;
        Some(match &row.speaks {
            Ok(reference) => Ok(Match { rule: format!("table, line {}", row.line).into(), reference: reference.clone() }),
            Err(message) => Err(Problem::new(Reason::TableRow, format!("table, line {}: {message}", row.line))),
        })
    }

    /// Rows that can't be used.
    pub fn faults(&self) -> &[TableFault] {
        &self.faults
    }

    /// How many files the table names.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the table names no file.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The files it names, as it spells them, with their lines.
    pub fn files(&self) -> impl Iterator<Item = (&SourcePath, u64)> {
        self.rows.values().map(|row| (&row.file, row.line))
    }

    /// Rows whose file is not there, by line. `present` is asked for the spelling of the table, and for the same letters
    /// composed and decomposed.
    pub fn absent(&self, present: impl Fn(&SourcePath) -> bool) -> Vec<TableFault> {
        let spelled = |text: String| SourcePath::new(&text).is_ok_and(|path| present(&path));
        let mut absent: Vec<TableFault> = self
            .files()
            .filter(|(file, _)| {
                let text = file.as_str();
                !present(file) && (text.is_ascii() || !(spelled(text.nfc().collect()) || spelled(text.nfd().collect())))
            })
            .map(|(file, line)| TableFault {
                line,
                message: format!("the file {:?} is not in the source directory", file.as_str()),
            })
            .collect();
        absent.sort_unstable_by_key(|fault| fault.line);
        absent
    }
}

/// Counts lines up to where a row begins; the CSV reader's own count stands at the empty lines before it.
struct Lines<'t> {
    text: &'t str,
    line: u64,
    at: usize,
}

impl Lines<'_> {
    /// The line, from 1, of the first character of the row that was read at this position. Positions only grow.
    fn of(&mut self, position: &csv::Position) -> u64 {
        let bytes = self.text.as_bytes();
        let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        while let Some(byte) = bytes.get(self.at).filter(|byte| self.at < start || **byte == b'\n') {
            self.line += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// Where the columns stand.
#[derive(Clone, Debug)]
struct Columns {
    file: usize,
    kind: usize,
    property: usize,
    value: usize,
    owner: Option<usize>,
    folder: Option<usize>,
    count: usize,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, TableError> {
        let find = |name: &str| header.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        let need = |name: &'static str| find(name).ok_or(TableError::Header(name));
        Ok(Self {
            file: need("file")?,
            kind: need("kind")?,
            property: need("property")?,
            value: need("value")?,
            owner: find("owner"),
            folder: find("folder"),
            count: header.len(),
        })
    }

    fn reference(&self, record: &csv::StringRecord) -> Result<Reference, String> {
        if record.iter().skip(self.count).any(|cell| !cell.is_empty()) {
            return Err("there are more cells than columns: put a text that holds the separator in quotes".to_owned());
        }
        let cell = |at: usize| composed(record.get(at).unwrap_or(""));
        let optional = |at: Option<usize>| at.map(cell).filter(|text| !text.is_empty());
        let kind: TargetKind = cell(self.kind).to_lowercase().parse()?;
        if kind == TargetKind::Me {
            return Ok(Reference::me());
        }
        let wanted = cell(self.property);
        let property = Property::ALL
            .into_iter()
            .find(|each| each.as_str().eq_ignore_ascii_case(&wanted) && each.fits(kind))
            .ok_or_else(|| format!("a {kind} can't be named by {wanted:?}"))?;
        let value = cell(self.value);
        if value.is_empty() {
            return Err(format!("the value of {property} is empty"));
        }
        let reference = match (kind, optional(self.owner)) {
            (TargetKind::Contact, Some(owner)) => Reference::contact(&owner, optional(self.folder).as_deref(), property, &value),
            (TargetKind::Contact, None) => return Err("a contact needs the column owner".to_owned()),
            _ => Reference::new(kind, property, &value),
        };
        check(&reference).map(|()| reference)
    }
}
