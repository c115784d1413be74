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
        let table = Table::parse(b"file,kind,property,value,owner\na.jpg,robot,mail,x\nb.jpg,group,employeeId,1\n../c,user,mail,x\nd.jpg,user,mail,x@y\nd.jpg,user,mail,z@y\ne.jpg,contact,mail,z\nf.jpg,user,mail,\nok.jpg,user,mail,q@y\n").unwrap();
        let lines: Vec<u64> = table.faults().iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [2, 3, 4, 6, 7, 8]);
        assert_eq!(look(&table, "ok.jpg").as_deref(), Some("user mail q@y by table, line 9"));
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

    #[test]
    fn values_nobody_can_have_and_cells_too_many_hold_their_file() {
        let table = "file,kind,property,value,note\na.jpg,user,id,42\nb.jpg,user,displayName,Berg, Anna,x\nc.jpg,user,displayName,\"Berg, Anna\"\nd.jpg,user,onPremisesSamAccountName,CONTOSO\\jdoe\ne.jpg,team,ID,12345678-90AB-cdef-1234-567890abcdef\n";
        let table = Table::parse(table.as_bytes()).unwrap();
        let faults: Vec<_> = table.faults().iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect();
        assert_eq!(
            faults,
            [
                "2: the id \"42\" is no object id: that is a GUID such as 12345678-90ab-cdef-1234-567890abcdef",
                "3: there are more cells than columns: put a text that holds the separator in quotes",
                "5: the onPremisesSamAccountName \"CONTOSO\\\\jdoe\" holds a \\",
            ]
        );
        assert_eq!(look(&table, "c.jpg").as_deref(), Some("user displayName Berg, Anna by table, line 4"));
        assert!(look(&table, "b.jpg").is_some_and(|said| said.starts_with("unmatched: table, line 3")));
        assert!(look(&table, "e.jpg").is_some_and(|said| said.ends_with("by table, line 6")));
    }

    #[test]
    fn lines_are_an_editors_whatever_stands_between() {
        let rows = "\n\nfile,kind,property,value,note\n\n\na.jpg,user,mail,a@b,\"two\nlines\"\nb.jpg,user,mail,b@b,\n\n  \nc.jpg,user,mail,c@b,\n\"d.jpg\",user,mail,d@b,\"\n\n\"\ne.jpg,user,mail,e@b";
        for text in [rows.to_owned(), rows.replace('\n', "\r\n"), rows.replace('\n', "\r")] {
            let table = Table::parse(text.as_bytes()).unwrap();
            assert_eq!(table.faults(), []);
            let mut lines: Vec<_> = table.files().map(|(file, line)| (line, file.as_str())).collect();
            lines.sort_unstable();
            assert_eq!(lines, [(6, "a.jpg"), (8, "b.jpg"), (11, "c.jpg"), (12, "d.jpg"), (15, "e.jpg")]);
        }
    }

    #[test]
    fn rows_without_their_file_are_told_by_line() {
        let table = "file;kind;property;value\nz.jpg;user;mail;z@b\nhere.jpg;user;mail;h@b\nJosé.jpg;user;mail;j@b\nHere.jpg;user;mail;i@b\n";
        let table = Table::parse(table.as_bytes()).unwrap();
        let absent = table.absent(|path| ["here.jpg", "Jose\u{301}.jpg"].contains(&path.as_str()));
        let said: Vec<_> = absent.iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect();
        assert_eq!(
            said,
            ["2: the file \"z.jpg\" is not in the source directory", "5: the file \"Here.jpg\" is not in the source directory"]
        );
        assert_eq!(look(&table, "Jose\u{301}.jpg").as_deref(), Some("user mail j@b by table, line 4"));
    }

    #[test]
    fn thousands_of_rows_are_read_at_once() {
        let rows = (0..50_000).map(|n| format!("badges/{n}.jpg,user,employeeId,{n:06}\n"));
        let text: String = std::iter::once("file,kind,property,value\n".to_owned()).chain(rows).collect();
        let table = Table::parse(text.as_bytes()).unwrap();
        assert_eq!((table.len(), table.faults().len()), (50_000, 0));
        assert_eq!(look(&table, "badges/49999.jpg").as_deref(), Some("user employeeId 049999 by table, line 50001"));
        assert_eq!(table.absent(|_| true), []);
    }
}
