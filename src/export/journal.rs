//! What an export has done so far, line by line beside its files: whoever stands there is not asked about again.

use std::collections::{BTreeSet, HashMap};
use std::io;

use serde::{Deserialize, Serialize};

use crate::files::Record;
use crate::model::ObjectId;

/// The journal's name.
pub(super) const NAME: &str = "export.jsonl";

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
    /// Files of earlier exports that may lie there still.
    Former(Vec<String>),
    /// The photo of this person is in this file; or they have none.
    Person { id: String, file: Option<String> },
    /// Everybody was asked about.
    Done,
}

/// The journal of one directory.
#[derive(Debug)]
pub(super) struct Journal {
    record: Record,
    asked: Option<Asked>,
    is_done: bool,
    /// Whose photo is in which file; none for those without one.
    pub(super) people: HashMap<ObjectId, Option<String>>,
    /// Files of earlier exports.
    pub(super) former: BTreeSet<String>,
}

impl Journal {
    /// Takes in what was written; a line that can't be read is none. None if it is no journal.
    pub(super) fn read(record: Record, lines: &[String]) -> Option<Self> {
        let is_journal = lines.first().map_or(record.is_empty(), |first| first.starts_with("{\"export\":"));
        if !is_journal {
            return None;
        }
        let mut journal = Self { record, asked: None, is_done: false, people: HashMap::new(), former: BTreeSet::new() };
        for line in lines.iter().filter_map(|line| serde_json::from_str(line).ok()) {
            match line {
                Line::Export(asked) => journal.asked = Some(asked),
                Line::Former(names) => journal.former.extend(names),
                Line::Person { id, file } => {
                    journal.people.insert(ObjectId::new(&id), file);
                }
                Line::Done => journal.is_done = true,
            }
        }
        Some(journal)
    }

    /// The tenant whose photos lie there, if it is known.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.asked.as_ref().map(|asked| asked.tenant.as_str())
    }

    /// Resumes what was asked for before if it is the same and not done, else begins. Says whether it is resumed.
    pub(super) fn begin(&mut self, asked: Asked) -> io::Result<bool> {
        if self.asked.as_ref() == Some(&asked) && !self.is_done {
            return Ok(true);
        }
        self.former.extend(std::mem::take(&mut self.people).into_values().flatten());
        let former: Vec<String> = self.former.iter().cloned().collect();
        self.record.restart(&[text(&Line::Export(asked.clone())), text(&Line::Former(former))])?;
        (self.asked, self.is_done) = (Some(asked), false);
        Ok(false)
    }

    /// Notes what is known of somebody.
    pub(super) fn note(&mut self, id: &ObjectId, file: Option<&str>) -> io::Result<()> {
        let file = file.map(str::to_owned);
        self.record.add(&text(&Line::Person { id: id.as_str().to_owned(), file: file.clone() }))?;
        self.people.insert(id.clone(), file);
        Ok(())
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
