//! The table rule: a CSV that names the target of each file (`file,kind,property,value[,owner,folder]`).

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::Match;
use crate::model::{Problem, Property, Reason, Reference, SourcePath, TargetKind};

/// Rows taken at most; a limit against a wrong file under the table's name.
const MOST_ROWS: usize = 2_000_000;

/// A read table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: HashMap<SourcePath, Row>,
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
    line: u64,
    speaks: Result<Reference, String>,
}

impl Table {
    /// Reads the table. A bad row is a fault with its line, and holds its file; the rest goes on.
    pub fn parse(bytes: &[u8]) -> Result<Self, TableError> {
        let text = std::str::from_utf8(bytes).map_err(|_| TableError::NotUtf8)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // One kind of line end, so that the reader's line numbers are an editor's.
        let text = text.replace("\r\n", "\n");
        let header = text.lines().next().unwrap_or("");
        let delimiter = if header.matches(';').count() > header.matches(',').count() { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut columns: Option<Columns> = None;
        let mut table = Self::default();
        for (at, record) in reader.records().enumerate() {
            if at > MOST_ROWS {
                return Err(TableError::TooLong);
            }
            match (record, &columns) {
                (Err(error), _) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    table.faults.push(TableFault { line, message: format!("not a CSV row: {error}") });
                }
                (Ok(record), None) => columns = Some(Columns::of(&record)?),
                (Ok(record), Some(columns)) => table.take(columns, &record),
            }
        }
        if columns.is_none() {
            return Err(TableError::Header("file"));
        }
        Ok(table)
    }

    fn take(&mut self, columns: &Columns, record: &csv::StringRecord) {
        let line = record.position().map_or(0, csv::Position::line);
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
        if let Some(earlier) = self.rows.get(&path) {
            if earlier.speaks == speaks {
                return;
            }
            let message = format!("lines {} and {line} say different things about this file", earlier.line);
            self.faults.push(TableFault { line, message: message.clone() });
            speaks = Err(message);
        }
        self.rows.insert(path, Row { line, speaks });
    }

    /// What the table says of a path: nothing, whom it speaks for, or why its row can't be used.
    pub fn find(&self, path: &SourcePath) -> Option<Result<Match, Problem>> {
        let row = self.rows.get(path)?;
        Some(match &row.speaks {
            Ok(reference) => Ok(Match { rule: format!("table, line {}", row.line).into(), reference: reference.clone() }),
            Err(message) => Err(Problem::new(Reason::Unmatched, format!("table, line {}: {message}", row.line))
                .with_cure("Correct that line of the table (mapping.table).")),
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

    /// The files it names, with their lines.
    pub fn files(&self) -> impl Iterator<Item = (&SourcePath, u64)> {
        self.rows.iter().map(|(path, row)| (path, row.line))
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
        })
    }

    fn reference(&self, record: &csv::StringRecord) -> Result<Reference, String> {
        let cell = |at: usize| record.get(at).unwrap_or("");
        let optional = |at: Option<usize>| at.map(cell).filter(|text| !text.is_empty());
        let kind: TargetKind = cell(self.kind).to_lowercase().parse()?;
        if kind == TargetKind::Me {
            return Ok(Reference::me());
        }
        let wanted = cell(self.property);
        let property = Property::ALL
            .into_iter()
            .find(|each| each.as_str().eq_ignore_ascii_case(wanted) && each.fits(kind))
            .ok_or_else(|| format!("a {kind} can't be named by {wanted:?}"))?;
        let value: String = cell(self.value).nfc().collect();
        if value.is_empty() {
            return Err(format!("the value of {property} is empty"));
        }
        match (kind, optional(self.owner)) {
            (TargetKind::Contact, Some(owner)) => Ok(Reference::contact(owner, optional(self.folder), property, &value)),
            (TargetKind::Contact, None) => Err("a contact needs the column owner".to_owned()),
            _ => Ok(Reference::new(kind, property, &value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(table: &Table, path: &str) -> Option<String> {
        table.find(&SourcePath::new(path).unwrap()).map(|found| match found {
            Ok(found) => format!("{} by {}", found.reference, found.rule),
            Err(problem) => problem.to_string(),
        })
    }

    #[test]
    fn reads_comma_semicolon_bom_and_quotes() {
        for text in [
            "file,kind,property,value\nx/a.jpg,user,mail,a@b.c\n",
            "\u{feff}File;Kind;Property;Value\r\nx\\a.jpg;User;Mail;a@b.c\r\n",
            "kind,value,property,file\nuser,\"a@b.c\",mail,\"x/a.jpg\"",
        ] {
            let table = Table::parse(text.as_bytes()).unwrap();
            assert_eq!(look(&table, "x/a.jpg").as_deref(), Some("user mail a@b.c by table, line 2"), "{text:?}");
        }
    }

    #[test]
    fn bad_rows_have_lines_and_hold_their_file() {
        let table = Table::parse(b"file,kind,property,value,owner\na.jpg,robot,mail,x\nb.jpg,group,employeeId,1\n../c,user,mail,x\nd.jpg,user,mail,x\nd.jpg,user,mail,y\ne.jpg,contact,mail,z\nf.jpg,user,mail,\nok.jpg,user,mail,q\n").unwrap();
        let lines: Vec<u64> = table.faults().iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [2, 3, 4, 6, 7, 8]);
        assert_eq!(look(&table, "ok.jpg").as_deref(), Some("user mail q by table, line 9"));
        assert_eq!(
            look(&table, "d.jpg").as_deref(),
            Some("unmatched: table, line 6: lines 5 and 6 say different things about this file")
        );
        assert_eq!(look(&table, "none.jpg"), None);
    }

    #[test]
    fn a_table_without_its_header_is_refused() {
        assert_eq!(Table::parse(b"").unwrap_err(), TableError::Header("file"));
        assert_eq!(Table::parse(b"file,kind,value\n").unwrap_err(), TableError::Header("property"));
        assert_eq!(Table::parse(&[0xff, 0xfe, 0x41]).unwrap_err(), TableError::NotUtf8);
    }
}
