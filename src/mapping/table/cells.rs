//! Text → rows of cells, by the strict rules for quotes (RFC 4180). The usual readers are lenient: they take a quote that
//! was left open for a very long cell, and the rows in it go unread without a word. So this one is our own, and tells.

use std::borrow::Cow;

use super::TableError;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell<'t> {
    /// Without the quotes around it and the white space around that.
    pub(super) text: Cow<'t, str>,
    /// It stood in quotes.
    pub(super) quoted: bool,
}

impl Cell<'_> {
    /// A quote inside a cell that does not stand in quotes.
    pub(super) fn has_stray_quote(&self) -> bool {
        !self.quoted && self.text.contains('"')
    }

    /// The lines of its text.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.split(['\n', '\r'])
    }

    pub(super) fn is_broken(&self) -> bool {
        self.text.contains(['\n', '\r'])
    }
}

/// One row, as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Record<'t> {
    /// Line it begins on, from 1.
    pub(super) line: u64,
    pub(super) cells: Vec<Cell<'t>>,
    /// Its text, without the line end.
    pub(super) raw: &'t str,
    /// A line end follows: only the last row of a file may lack it.
    pub(super) is_ended: bool,
}

/// Walks over the rows; empty lines are passed over.
pub(super) struct Records<'t> {
    text: &'t str,
    separator: u8,
    at: usize,
    line: u64,
}

impl<'t> Records<'t> {
    pub(super) const fn new(text: &'t str, separator: u8, first_line: u64) -> Self {
        Self { text, separator, at: 0, line: first_line }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over a line end (`\n`, `\r\n`, `\r`), if there is one.
    fn line_end(&mut self) -> bool {
        let rest = &self.text.as_bytes()[self.at..];
        let length = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            _ => return false,
        };
        self.at += length;
        self.line += 1;
        true
    }

    fn blanks(&mut self) {
        while self.byte().is_some_and(|byte| matches!(byte, b' ' | b'\t') && byte != self.separator) {
            self.at += 1;
        }
    }

    fn cell(&mut self) -> Result<Cell<'t>, TableError> {
        self.blanks();
        if self.byte() == Some(b'"') {
            return self.quoted();
        }
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let length = memchr::memchr3(self.separator, b'\n', b'\r', rest).unwrap_or(rest.len());
        self.at += length;
        Ok(Cell { text: Cow::Borrowed(self.text[start..self.at].trim()), quoted: false })
    }

    fn quoted(&mut self) -> Result<Cell<'t>, TableError> {
        let opened = self.line;
        let mut doubled = false;
        let start = self.at + 1;
        self.at = start;
        let end = loop {
            match self.byte() {
                None => return Err(TableError::OpenQuote { line: opened }),
                Some(b'"') if self.text.as_bytes().get(self.at + 1) == Some(&b'"') => {
                    doubled = true;
                    self.at += 2;
                }
                Some(b'"') => break self.at,
                Some(b'\n' | b'\r') => _ = self.line_end(),
                Some(_) => self.at += 1,
            }
        };
        self.at += 1;
        self.blanks();
        if self.byte().is_some_and(|byte| byte != self.separator && !matches!(byte, b'\n' | b'\r')) {
            return Err(TableError::BehindQuote { line: self.line, opened });
        }
        let inner = &self.text[start..end];
        // White space in quotes around a name is no part of it; a line end is told of elsewhere.
        let inner = inner.trim_matches(|letter: char| letter.is_whitespace() && !matches!(letter, '\n' | '\r'));
        let text = if doubled { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) };
        Ok(Cell { text, quoted: true })
    }
}

impl<'t> Iterator for Records<'t> {
    type Item = Result<Record<'t>, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (line, start) = (self.line, self.at);
            self.byte()?;
            let mut cells = Vec::new();
            let (end, is_ended) = loop {
                match self.cell() {
                    Ok(cell) => cells.push(cell),
                    Err(error) => {
                        self.at = self.text.len();
                        return Some(Err(error));
                    }
                }
                let end = self.at;
                if self.byte() == Some(self.separator) {
                    self.at += 1;
                } else {
                    break (end, self.line_end());
                }
            };
            if cells.iter().any(|cell| cell.quoted || !cell.text.is_empty()) {
                return Some(Ok(Record { line, cells, raw: &self.text[start..end], is_ended }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<(u64, Vec<String>)>, TableError> {
        let row = |record: Record<'_>| (record.line, record.cells.iter().map(|cell| cell.text.to_string()).collect());
        Records::new(text, b',', 1).map(|record| record.map(row)).collect()
    }

    #[test]
    fn quotes_are_read_strictly() {
        let cells = |text: &str| rows(text).map(|rows| rows.into_iter().flat_map(|(_, cells)| cells).collect::<Vec<_>>());
        assert_eq!(cells("a,\"b, c\" , \"d\"\"e\"\r\n").unwrap(), ["a", "b, c", "d\"e"]);
        assert_eq!(cells("a,5\" x 7\",\"\"\n").unwrap(), ["a", "5\" x 7\"", ""]);
        assert_eq!(cells("a\n\"b\nc\n").unwrap_err(), TableError::OpenQuote { line: 2 });
        assert_eq!(cells("a,\"b\nc\"d,e\n").unwrap_err(), TableError::BehindQuote { line: 2, opened: 1 });
        assert_eq!(cells("\"a\"\"").unwrap_err(), TableError::OpenQuote { line: 1 });
    }

    #[test]
    fn lines_are_an_editors_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "a\n\n\"b\nb\"\n,,\n \nc".replace('\n', end);
            let lines: Vec<u64> = rows(&text).unwrap().into_iter().map(|(line, _)| line).collect();
            assert_eq!(lines, [1, 3, 7], "{end:?}");
        }
        let ended: Vec<bool> = Records::new("a\nb", b',', 1).map(|record| record.unwrap().is_ended).collect();
        assert_eq!(ended, [true, false]);
    }
}
