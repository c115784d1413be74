//! A record beside files that are made: line by line what was done, so that a run that was killed is resumed.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::OwnedFd;

use super::made::{MAX_BYTES, open_list};

/// Lines that only grow; each is whole or not there.
#[derive(Debug)]
pub(crate) struct Record {
    list: File,
    /// The last line has no end: a run was killed, or a disk was full, while it was written.
    is_torn: bool,
    is_empty: bool,
}

impl Record {
    /// Opens it, makes it if it is missing; says its lines, but for one that was not written to its end.
    pub(super) fn open(directory: &OwnedFd, name: &str) -> io::Result<(Self, Vec<String>)> {
        let list = open_list(directory, name, true)?.ok_or(io::ErrorKind::NotFound)?;
        let mut bytes = Vec::new();
        (&list).take(MAX_BYTES).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let is_torn = !text.is_empty() && !text.ends_with('\n');
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if is_torn {
            lines.pop();
        }
        Ok((Self { list, is_torn, is_empty: bytes.is_empty() }, lines))
    }

    /// Whether nothing stood in it when it was opened.
    pub(crate) const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Adds a line. `line` has no line end.
    pub(crate) fn add(&mut self, line: &str) -> io::Result<()> {
        let before = if std::mem::take(&mut self.is_torn) { "\n" } else { "" };
        self.list.write_all(format!("{before}{line}\n").as_bytes())
    }

    /// Begins it again with these lines.
    pub(crate) fn restart(&mut self, lines: &[String]) -> io::Result<()> {
        self.list.set_len(0)?;
        self.list.rewind()?;
        self.is_torn = false;
        let ended: Vec<&str> = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        self.list.write_all(ended.concat().as_bytes())
    }
}
