//! Reads a whole table, row by row.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::cells::{Cell, Record, Records};
use super::columns::Columns;
use super::name::{cleaned, is_picture};
use super::row::{domain_of, is_whole, may_hold_rows, reference};
use super::text::decode;
use super::{MOST_ROWS, Row, Table, TableError, TableForm, Unread};
use crate::mapping::pattern::composed;

/// Rows that may stand above the header: titles, a date.
pub(super) const ABOVE: usize = 10;
/// What may stand between cells.
pub(super) const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

impl Table {
    /// Reads the table. A row that can't be used is a fault with its line, and holds whatever it may concern; what leaves
    /// other rows in doubt is an error.
    pub(crate) fn parse(bytes: &[u8], form: &TableForm) -> Result<Self, TableError> {
        let (text, encoding) = decode(bytes)?;
        // Far too many are not even counted by rows; quotes and empty lines may take some.
        if memchr::memchr2_iter(b'\n', b'\r', text.as_bytes()).count() > 4 * MOST_ROWS {
            return Err(TableError::TooLong);
        }
        let (named, text, first_line) = separator_line(&text);
        let Head { separator, above, columns, records } = header(text, named, first_line, form)?;
        let mut table = Self { encoding, separator, above: above.len(), ..Self::default() };
        table.unread.extend(columns.odd.iter().map(|(line, text)| Unread {
            line: *line,
            text: text.as_str().into(),
            why: "the header may hold the row behind it: is a line break missing?".into(),
        }));
        let mut reading = Reading {
            table,
            columns,
            before: Before::Nothing,
            seen: 0,
            no_pictures: Vec::new(),
            is_misplaced: false,
            domains: BTreeMap::new(),
        };
        let why = "it stands above the header, so it is not read";
        for record in above.iter().filter(|record| !is_title(record)) {
            if record.cells.iter().any(|cell| is_picture(&cell.text)) {
                reading.bad(record, why);
            } else {
                reading.unread(record.line, record.raw, why);
            }
        }
        if let Some(row) = above.iter().find(|record| record.cells.iter().any(|cell| is_picture(&cell.text))) {
            // What stands there are rows, and a line break may have torn one of them.
            let text: String = above.iter().map(|record| record.raw).collect();
            reading.unread(row.line, &text, why);
        }
        for record in records {
            reading.take(&record?)?;
        }
        Ok(reading.end())
    }
}

/// Excel's first line `sep=;`.
pub(super) fn separator_line(text: &str) -> (Option<u8>, &str, u64) {
    let (line, rest) = text.split_once('\n').map_or((text, ""), |(line, rest)| (line, rest));
    let (line, rest) = match line.trim_end_matches('\r').split_once('\r') {
        // Lines that end in \r alone.
        Some((first, _)) => (first, text.get(first.len() + 1..).unwrap_or("")),
        None => (line, rest),
    };
    let line = line.trim_end_matches('\r').trim_matches('"');
    match line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and_then(|_| line.as_bytes().get(4)) {
        Some(separator) if line.trim_end().len() <= 5 && SEPARATORS.contains(separator) => (Some(*separator), rest, 2),
        _ => (None, text, 1),
    }
}

/// Bytes of a row torn into several that are put together again.
const LONGEST_TORN: usize = 1_024;

/// Where a table begins.
struct Head<'t> {
    separator: u8,
    /// What stands above the header.
    above: Vec<Record<'t>>,
    columns: Columns,
    /// The rows behind it.
    records: Records<'t>,
}

/// A line of words that is no row: it holds nothing that could separate cells, or look like a picture.
fn is_title(record: &Record<'_>) -> bool {
    let mut filled = record.cells.iter().filter(|cell| !cell.text.is_empty());
    let words = filled.next().map_or("", |cell| &cell.text);
    let is_plain = |text: &str| !text.bytes().any(|byte| SEPARATORS.contains(&byte) || matches!(byte, b'"' | b'\n' | b'\r'));
    filled.next().is_none() && is_plain(words) && !words.split_whitespace().any(is_picture)
}

/// A line drawn between rows, as in SAP's lists.
fn is_ruler(record: &Record<'_>) -> bool {
    record.raw.matches(['-', '=', '_']).count() > 2
        && record.raw.chars().all(|sign| matches!(sign, '-' | '=' | '_' | '+' | '|' | ' ' | '\t'))
}

/// The first row that names all the columns; above it stands little.
fn header<'t>(text: &'t str, named: Option<u8>, line: u64, form: &TableForm) -> Result<Head<'t>, TableError> {
    // What is said of the separator that makes most cells of the first line that is no title.
    let mut fault = (0, TableError::Header { missing: "file", there: String::new() });
    for separator in named.map_or_else(|| SEPARATORS.to_vec(), |separator| vec![separator]) {
        let mut records = Records::new(text, separator, line);
        let (mut above, mut said) = (Vec::new(), false);
        while above.len() <= ABOVE
            && let Some(record) = records.next()
        {
            let (cells, error, record) = match record {
                Err(error) => (1, error, None),
                Ok(record) => match Columns::find(&record, form) {
                    Ok(columns) => return Ok(Head { separator, above, columns, records }),
                    Err(error) => (record.cells.len(), error, Some(record)),
                },
            };
            if !said && cells > fault.0 {
                fault = (cells, error);
            }
            let Some(record) = record else { break };
            said |= !is_title(&record);
            above.push(record);
        }
    }
    Err(fault.1)
}

/// What stood before the row at hand.
enum Before<'t> {
    Nothing,
    /// A row: its place, if it has one, its line and text, and whether it lacks cells that it may lack.
    Row {
        at: Option<usize>,
        line: u64,
        text: &'t str,
        is_short: bool,
    },
    /// Something that may be the beginning of this row.
    Torn {
        line: u64,
        text: Cow<'t, str>,
    },
}

struct Reading<'t> {
    table: Table,
    columns: Columns,
    before: Before<'t>,
    seen: usize,
    /// Rows whose cell of the file does not look like one, and whether another cell of any of them does.
    no_pictures: Vec<(u64, &'t str)>,
    is_misplaced: bool,
    /// Rows that name an account with its domain, by the domain.
    domains: BTreeMap<String, Vec<usize>>,
}

impl<'t> Reading<'t> {
    fn take(&mut self, record: &Record<'t>) -> Result<(), TableError> {
        self.seen += 1;
        if self.seen > MOST_ROWS {
            return Err(TableError::TooLong);
        }
        let (line, count) = (record.line, record.cells.len());
        if self.columns.are_renamed_by(record) {
            return Err(TableError::SecondHeader { line });
        }
        if is_ruler(record) || self.columns.are_repeated_by(record) {
            self.table.open_end = (!record.is_ended).then_some(line);
            return Ok(());
        }
        if !record.is_ended {
            if count < self.columns.named {
                return Err(TableError::CutOff { line });
            }
            self.table.open_end = Some(line);
        }
        let broken = || record.cells.iter().enumerate().filter(|(_, cell)| cell.is_broken());
        if broken().any(|(at, _)| self.columns.uses(at) || at >= self.columns.count) {
            return Err(TableError::LineBreak { line });
        }
        let unusable = if broken().any(|(at, cell)| may_hold_rows(cell, at, &self.columns, self.table.separator)) {
            Some("a cell goes over several lines and holds what looks like rows: is a quote missing?")
        } else if record.cells.iter().skip(self.columns.count).any(|cell| !cell.text.is_empty()) {
            Some("there are more cells than columns: put a text that holds the separator in quotes")
        } else {
            None
        };
        match unusable {
            Some(why) => {
                self.bad(record, why);
                let before = match std::mem::replace(&mut self.before, Before::Nothing) {
                    Before::Torn { text, .. } => text,
                    Before::Row { text, is_short: true, .. } => Cow::Borrowed(text),
                    Before::Row { .. } | Before::Nothing => Cow::default(),
                };
                if !before.is_empty() {
                    self.unread(line, &format!("{before}{}", record.raw), why);
                }
                self.before = Before::Row { at: None, line, text: record.raw, is_short: false };
            }
            None if count < self.columns.needed() => self.torn(record),
            None => self.row(record, count < self.columns.named),
        }
        Ok(())
    }

    /// A row that lacks cells it needs: with the one before or behind it, it may be one that a line break tore apart.
    fn torn(&mut self, record: &Record<'t>) {
        let has = if record.cells.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", record.cells.len()) };
        let why =
            format!("there are fewer cells than columns ({has}; the header has {}): is a line break in it?", self.columns.named);
        self.bad(record, &why);
        let text = match std::mem::replace(&mut self.before, Before::Nothing) {
            Before::Row { at, line, text, .. } => {
                self.doubt(at, line, text, record.line);
                self.unread(record.line, &format!("{text}{}", record.raw), &why);
                Cow::Borrowed(record.raw)
            }
            Before::Torn { line, text } => {
                let text = text + record.raw;
                self.unread(line, &text, &why);
                // Of a table in which no row can be read, each is compared with few before it.
                if text.len() > LONGEST_TORN { Cow::Borrowed(record.raw) } else { text }
            }
            Before::Nothing => Cow::Borrowed(record.raw),
        };
        self.before = Before::Torn { line: record.line, text };
    }

    /// A row with all the cells it needs.
    fn row(&mut self, record: &Record<'t>, is_short: bool) {
        let file = record.cells.get(self.columns.file).map_or("", |cell| &cell.text);
        let mut names = reference(&self.columns, record);
        match std::mem::replace(&mut self.before, Before::Nothing) {
            Before::Torn { line, text } => {
                let why = format!("line {line} may belong to it");
                self.unread(record.line, &format!("{text}{}", record.raw), &why);
                names = Err(why);
            }
            // The row before lacks its last cells, and this does not begin like a row: it may be the rest of that one.
            Before::Row { at, line, text, is_short: true } if !is_picture(file) => {
                self.doubt(at, line, text, record.line);
                self.unread(record.line, &format!("{text}{}", record.raw), &format!("it may belong to line {line}"));
            }
            Before::Row { .. } | Before::Nothing => {}
        }
        let mut cut = None;
        if let (false, Ok(read)) = (record.is_ended, &names)
            && !is_whole(&self.columns, record, read, self.table.references())
        {
            cut = Some(read.clone());
            names = Err("it is the last row and has no line end, so its last cell may be cut off".to_owned());
        }
        let (path, is_foreign) = cleaned(file);
        if !path.is_empty() && !is_picture(&path) {
            self.is_misplaced |= record.cells.iter().any(|cell| is_picture(&cell.text));
            self.no_pictures.push((record.line, record.raw));
        }
        let mut at = None;
        if !path.is_empty() {
            at = Some(self.table.rows.len());
            self.table.cut = cut.map(|read| (self.table.rows.len(), read));
            if let Some(domain) = names.as_ref().ok().and_then(|read| domain_of(&self.columns, record, read)) {
                self.domains.entry(domain).or_default().push(self.table.rows.len());
            }
            let names = names.map_err(|why| {
                self.bad(record, &why);
                why.into_boxed_str()
            });
            self.table.rows.push(Row { line: record.line, file: path.into(), is_foreign, names });
        } else if self.columns.is_plain || record.cells.iter().any(|cell: &Cell<'_>| is_picture(&cell.text)) {
            self.bad(record, "the cell of the file is empty");
        }
        self.before = Before::Row { at, line: record.line, text: record.raw, is_short };
    }

    /// The row before, to which this line may belong.
    fn doubt(&mut self, at: Option<usize>, line: u64, text: &str, of: u64) {
        let why = format!("line {of} may belong to it");
        self.unread(line, text, &why);
        if let Some(row) = at.and_then(|at| self.table.rows.get_mut(at))
            && row.names.is_ok()
        {
            row.names = Err(why.as_str().into());
            self.table.fault(line, why);
        }
    }

    fn bad(&mut self, record: &Record<'_>, why: &str) {
        self.table.fault(record.line, why.to_owned());
        self.unread(record.line, record.raw, why);
    }

    fn unread(&mut self, line: u64, text: &str, why: &str) {
        self.table.unread.push(Unread { line, text: text.into(), why: why.into() });
    }

    /// Rows that disagree about one file are of no use, and neither are accounts of several domains: the directory does
    /// not say which domain an account is from.
    fn end(mut self) -> Table {
        let no_pictures = if self.is_misplaced { std::mem::take(&mut self.no_pictures) } else { Vec::new() };
        for (line, text) in no_pictures {
            self.unread(line, text, "another cell than that of the file looks like one: is it the right column?");
        }
        let mut table = self.table;
        let domains: Vec<&str> = self.domains.keys().map(String::as_str).collect();
        let why = format!(
            "the table names accounts of several domains ({}); name people by userPrincipalName or employeeId instead",
            domains.join(", ")
        );
        for at in self.domains.values().flatten().filter(|_| domains.len() > 1) {
            let Some(row) = table.rows.get_mut(*at).filter(|row| row.names.is_ok()) else { continue };
            row.names = Err(why.as_str().into());
            let line = row.line;
            table.fault(line, why.clone());
        }
        let mut first: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(table.rows.len());
        let mut quarrels: Vec<(usize, usize)> = Vec::new();
        for (at, row) in table.rows.iter().enumerate() {
            let before = *first.entry(composed(&row.file)).or_insert(at);
            if table.rows[before].names != row.names {
                quarrels.push((before, at));
            }
        }
        drop(first);
        for (before, at) in quarrels {
            let (one, other) = (table.rows[before].line, table.rows[at].line);
            let why = format!("lines {one} and {other} say different things about this file");
            for row in [before, at] {
                let row = &mut table.rows[row];
                // Where cells have moved, the file is what looks like a value.
                if let Ok(names) = std::mem::replace(&mut row.names, Err(why.as_str().into())) {
                    table.unread.push(Unread { line: row.line, text: (*names.value).into(), why: why.as_str().into() });
                }
            }
            table.fault(other, why);
        }
        table.faults.sort_by_key(|fault| fault.line);
        table
    }
}
