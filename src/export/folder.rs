//! The directory of an export: writes each photo and notes it, and knows what lies there from before.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::error::ExportError;
use super::file_names::folded;
use super::journal::{Asked, Journal, NAME};
use crate::files::{Output, OutputError};
use crate::model::ObjectId;
use crate::photo::{Format, sniff};

/// An export's directory.
pub(super) struct Folder {
    output: Output,
    path: PathBuf,
    journal: Journal,
}

impl Folder {
    /// Opens it, or makes it. Blocks.
    pub(super) fn open(path: &Path, tenant: &str) -> Result<Self, ExportError> {
        let output = Output::create(path)?;
        let spoilt = |why: &str| ExportError::Journal { path: path.join(NAME), why: why.to_owned() };
        let journal = match Journal::open(&output) {
            Err(error) if error.is_too_large() => return Err(spoilt("is too large to be read")),
            journal => journal?.ok_or_else(|| spoilt("is damaged, or was not written by an export"))?,
        };
        if let Some(other) = journal.tenant().filter(|other| *other != tenant) {
            return Err(ExportError::OtherTenant { path: path.to_owned(), other: other.to_owned() });
        }
        if journal.unreadable > 0 {
            let (path, lines) = (path.join(NAME), journal.unreadable);
            tracing::warn!(
                "{} is damaged: {lines} of its lines can't be read. Everybody is asked again. Files of people who stood only in \
                 those lines, and who left the scope or have no photo now, stay until you remove them",
                path.display()
            );
        }
        Ok(Self { output, path: path.to_owned(), journal })
    }

    /// Resumes what was asked for, or begins it. Who is not among `people` any more is forgotten; a file that is gone, or
    /// was changed since, is read again. Blocks.
    pub(super) fn begin(&mut self, asked: Asked, people: &HashSet<ObjectId>, tables: &[&str]) -> Result<(), ExportError> {
        // Nobody is asked for what can't be written down in the end.
        tables.iter().try_for_each(|table| self.output.allows(table))?;
        // What they say is about to become untrue.
        for table in tables {
            self.output.remove(table)?;
        }
        self.journal.begin(asked).map_err(|error| self.failed(error))?;
        let left = self.journal.people.extract_if(|id, _| !people.contains(id));
        self.journal.former.extend(left.filter_map(|(id, file)| Some((file?, id))));
        let output = &self.output;
        self.journal.people.retain(|_, file| file.as_ref().is_none_or(|name| output.holds(name)));
        Ok(())
    }

    /// Writes somebody's photo to a file of this name, with the ending that fits. Blocks.
    pub(super) fn add(&mut self, id: &ObjectId, stem: &str, photo: &[u8]) -> Result<(), ExportError> {
        let name = format!("{stem}.{}", ending(photo));
        self.journal.expect(id, &name).map_err(|error| self.failed(error))?;
        self.output.write(&name, photo)?;
        self.journal.note(id, Some(&name)).map_err(|error| self.failed(error))
    }

    /// Notes that somebody has no photo. Blocks.
    pub(super) fn add_nobody(&mut self, id: &ObjectId) -> Result<(), ExportError> {
        self.journal.note(id, None).map_err(|error| self.failed(error))
    }

    /// Who has which file, and who has none, as far as it is known.
    pub(super) fn people(&self) -> &HashMap<ObjectId, Option<String>> {
        &self.journal.people
    }

    /// Writes a table. Blocks.
    pub(super) fn table(&mut self, name: &str, text: &str) -> Result<(), ExportError> {
        Ok(self.output.write(name, text.as_bytes())?)
    }

    /// Removes the files of earlier exports that are nobody's now, as far as nobody changed them, and says how many. Those
    /// of `pending` stay: more is to be known of them. Blocks.
    pub(super) fn tidy(&mut self, pending: &HashSet<&ObjectId>) -> Result<usize, ExportError> {
        // Where case is nothing, a file that was spelled otherwise before is the same.
        let stays: HashSet<String> = self.journal.people.values().flatten().map(|name| folded(name)).collect();
        let former = self.journal.former.iter().filter(|(name, id)| !pending.contains(id) && !stays.contains(&folded(name)));
        let goes: Vec<String> = former.map(|(name, _)| name.clone()).collect();
        let mut removed = 0;
        for name in &goes {
            removed += usize::from(self.output.remove(name)?);
            self.journal.removed(name).map_err(|error| self.failed(error))?;
        }
        Ok(removed)
    }

    /// Everybody is known: the next export is another one. Blocks.
    pub(super) fn done(&mut self) -> Result<(), ExportError> {
        self.journal.done().map_err(|error| self.failed(error))
    }

    fn failed(&self, source: std::io::Error) -> ExportError {
        OutputError::Io { path: self.path.join(NAME), source }.into()
    }
}

/// The usual ending for what the bytes are; Microsoft 365 stores JPEG.
fn ending(photo: &[u8]) -> &'static str {
    match sniff(photo) {
        Some(Format::Png) => "png",
        Some(Format::Gif) => "gif",
        Some(Format::Webp) => "webp",
        Some(Format::Bmp) => "bmp",
        _ => "jpg",
    }
}
