//! A record beside files that are made: line by line what was done, so that a run that was killed is resumed.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

use super::made::{Torn, each_line, open_list, replace_list};

/// Lines that only grow; each is whole or not there.
#[derive(Debug)]
pub(crate) struct Record {
    list: File,
    directory: OwnedFd,
    name: String,
    torn: String,
    /// Bytes of the whole lines.
    whole: u64,
    /// Something stands behind them.
    is_torn: bool,
}

impl Record {
    /// Opens it, makes it if it is missing; hands on its whole lines.
    pub(super) fn open(directory: &OwnedFd, name: &str, take: impl FnMut(&str)) -> io::Result<Self> {
        let list = open_list(directory, name, true)?.ok_or(io::ErrorKind::NotFound)?;
        let Torn { text: torn, at: whole } = each_line(&list, take)?;
        let is_torn = !torn.is_empty();
        Ok(Self { list, directory: directory.try_clone()?, name: name.to_owned(), torn, whole, is_torn })
    }

    /// What stood behind the last line when it was opened: a run was killed, or a disk was full, while it was written.
    pub(crate) fn torn(&self) -> &str {
        &self.torn
    }

    /// Adds a line, in the place of a torn one. `line` has no line end.
    pub(crate) fn add(&mut self, line: &str) -> io::Result<()> {
        if std::mem::replace(&mut self.is_torn, true) {
            self.list.set_len(self.whole)?;
        }
        let line = format!("{line}\n");
        self.list.write_all(line.as_bytes())?;
        (self.whole, self.is_torn) = (self.whole + line.len() as u64, false);
        Ok(())
    }

    /// Begins it again with these lines; until they are all on the disk, the one before stays.
    pub(crate) fn restart(&mut self, lines: impl IntoIterator<Item = String>) -> io::Result<()> {
        self.list = replace_list(&self.directory, &self.name, &self.list, lines)?;
        (self.whole, self.is_torn) = (self.list.metadata()?.len(), false);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_begins_again_as_a_whole_and_a_torn_line_spoils_no_other() {
        let place = tempfile::tempdir().unwrap();
        let (path, before) = (place.path().join("record"), place.path().join("before"));
        let open = || {
            let directory = OwnedFd::from(File::open(place.path()).unwrap());
            let mut lines = Vec::new();
            let record = Record::open(&directory, "record", |line| lines.push(line.to_owned())).unwrap();
            (record, lines)
        };
        std::fs::write(&path, "one\ntwo\nthr").unwrap();
        let (mut record, lines) = open();
        assert_eq!((lines, record.torn()), (vec!["one".to_owned(), "two".to_owned()], "thr"));
        record.add("four").unwrap();
        record.add("five").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\nfour\nfive\n");
        // Whoever looks at the old one sees all of it at any time.
        std::fs::hard_link(&path, &before).unwrap();
        record.restart(["six".to_owned(), "seven".to_owned()]).unwrap();
        record.add("eight").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "six\nseven\neight\n");
        assert_eq!(std::fs::read_to_string(&before).unwrap(), "one\ntwo\nfour\nfive\n");
        assert_eq!(open().1, ["six", "seven", "eight"]);
        // What can't be put in its place leaves it as it was.
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(record.restart(["nine".to_owned()]).is_err());
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2, "nothing unfinished is left");
    }

    #[test]
    fn a_line_without_end_is_passed_over_and_takes_no_memory() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("record");
        let open = || {
            let directory = OwnedFd::from(File::open(place.path()).unwrap());
            let mut lines = Vec::new();
            let record = Record::open(&directory, "record", |line| lines.push(line.to_owned())).unwrap();
            (record, lines)
        };
        let long = "x".repeat(9_000_000);
        for (text, wanted) in [
            (format!("one\n{long}\ntwo\n"), vec!["one", "", "two", "three"]),
            (format!("one\n{long}"), vec!["one", "three"]),
            (format!("one\n{long}\n"), vec!["one", "three"]),
        ] {
            std::fs::write(&path, text).unwrap();
            let (mut record, _) = open();
            assert!(record.torn().len() < 5_000_000);
            record.add("three").unwrap();
            assert_eq!(open().1, wanted);
        }
    }
}
