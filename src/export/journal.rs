//! What an export has done so far, line by line beside its files: whoever stands there is not asked about again.

use std::collections::{BTreeMap, HashMap};
use std::io;

use serde::{Deserialize, Serialize};

use crate::files::{Output, OutputError, Record};
use crate::model::ObjectId;

/// The journal's name.
pub(super) const NAME: &str = "export.jsonl";
/// How every one begins.
const BEGINNING: &str = "{\"export\":{\"tenant\":\"";

/// What was asked for. An export of the same is resumed; of another tenant it is refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) tenant: String,
    pub(super) name: String,
    pub(super) size: Option<u16>,
    pub(super) scope: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// An export begins.
    Export(Asked),
    /// The file of an earlier export that may lie there still, and whose photo it is.
    Former { id: String, file: String },
    /// The photo of this person is in this file; or they have none.
    Person { id: String, file: Option<String> },
    /// The file of an earlier export was removed, or is somebody's own now.
    Removed(String),
    /// Everybody was asked about.
    Done,
}

/// The journal of one directory.
#[derive(Debug)]
pub(super) struct Journal {
    record: Record,
    asked: Option<Asked>,
    is_done: bool,
    /// Lines that say nothing: somebody, or something, spoilt them.
    pub(super) unreadable: usize,
    /// Whose photo is in which file; none for those without one.
    pub(super) people: HashMap<ObjectId, Option<String>>,
    /// Files of earlier exports, and whose photos they are.
    pub(super) former: BTreeMap<String, ObjectId>,
}

impl Journal {
    /// Opens the one of a directory, or makes it. None if what is there is no journal.
    ///
    /// A journal is put there as a whole, so only a crash while its first line was written leaves less than that: the
    /// beginning of one and nothing else, or zeros. Nothing of value is in these, and they are taken for an empty one.
    pub(super) fn open(output: &Output) -> Result<Option<Self>, OutputError> {
        let (mut asked, mut is_done, mut people, mut former) = (None, false, HashMap::new(), BTreeMap::new());
        let (mut is_journal, mut unreadable) = (None, 0);
        let record = output.record(NAME, |line| {
            if is_journal == Some(false) {
                return;
            }
            let line = serde_json::from_str(line).ok();
            is_journal = is_journal.or(Some(matches!(line, Some(Line::Export(_)))));
            match line {
                Some(Line::Export(all)) => asked = Some(all),
                Some(Line::Former { id, file }) => _ = former.insert(file, ObjectId::new(&id)),
                Some(Line::Person { id, file }) => _ = people.insert(ObjectId::new(&id), file),
                Some(Line::Removed(file)) => _ = former.remove(&file),
                Some(Line::Done) => is_done = true,
                None => unreadable += 1,
            }
        })?;
        let torn = record.torn().trim_end_matches('\0');
        let is_journal = is_journal.unwrap_or_else(|| BEGINNING.starts_with(torn) || torn.starts_with(BEGINNING));
        Ok(is_journal.then_some(Self { record, asked, is_done, unreadable, people, former }))
    }

    /// The tenant whose photos lie there, if it is known.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.asked.as_ref().map(|asked| asked.tenant.as_str())
    }

    /// Resumes what was asked for before if it is the same and not done, else begins. A damaged one is not resumed: who can
    /// tell whether it was done.
    pub(super) fn begin(&mut self, asked: Asked) -> io::Result<()> {
        if self.asked.as_ref() == Some(&asked) && !self.is_done && self.unreadable == 0 {
            return Ok(());
        }
        self.former.extend(std::mem::take(&mut self.people).into_iter().filter_map(|(id, file)| Some((file?, id))));
        let former = self.former.iter().map(|(file, id)| Line::Former { id: id.as_str().to_owned(), file: file.clone() });
        self.record.restart(std::iter::once(Line::Export(asked.clone())).chain(former).map(|line| text(&line)))?;
        (self.asked, self.is_done, self.unreadable) = (Some(asked), false, 0);
        Ok(())
    }

    /// Notes what is known of somebody.
    pub(super) fn note(&mut self, id: &ObjectId, file: Option<&str>) -> io::Result<()> {
        let file = file.map(str::to_owned);
        self.record.add(&text(&Line::Person { id: id.as_str().to_owned(), file: file.clone() }))?;
        self.people.insert(id.clone(), file);
        Ok(())
    }

    /// Notes a file that is about to be written: if it were cut off right behind that, the file would be nobody's.
    pub(super) fn expect(&mut self, id: &ObjectId, file: &str) -> io::Result<()> {
        if self.former.get(file) == Some(id) {
            return Ok(());
        }
        self.former.insert(file.to_owned(), id.clone());
        self.record.add(&text(&Line::Former { id: id.as_str().to_owned(), file: file.to_owned() }))
    }

    /// Notes that a file of an earlier export is not there any more.
    pub(super) fn removed(&mut self, file: &str) -> io::Result<()> {
        self.former.remove(file);
        self.record.add(&text(&Line::Removed(file.to_owned())))
    }

    /// Notes that it is complete.
    pub(super) fn done(&mut self) -> io::Result<()> {
        self.is_done = true;
        self.record.add(&text(&Line::Done))
    }
}

fn text(line: &Line) -> String {
    serde_json::to_string(line).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_of_a_million_people_with_the_longest_names_is_read() {
        let (id, file) = ("0".repeat(36), "n".repeat(255));
        let lines = [
            Line::Former { id: id.clone(), file: file.clone() },
            Line::Person { id: id.clone(), file: Some(file.clone()) },
            Line::Removed(file.clone()),
            // A file that was gone is read again.
            Line::Former { id: id.clone(), file: file.clone() },
            Line::Person { id, file: Some(file) },
        ];
        let bytes: usize = lines.iter().map(|line| text(line).len() + 1).sum();
        assert!(bytes as u64 * 1_000_000 < crate::files::MAX_LIST_BYTES, "{bytes} bytes for each");
        let asked = Asked { tenant: "contoso.com".to_owned(), name: "{id}".to_owned(), size: None, scope: Vec::new() };
        assert!(text(&Line::Export(asked)).starts_with(BEGINNING));
    }
}
