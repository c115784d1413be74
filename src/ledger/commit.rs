//! Writes down what a pass saw and decided, in one transaction.

use rusqlite::Connection;

use super::error::LedgerError;
use super::links::{forget_bindings, write_link};
use super::meta::{fact, keep};
use super::removals::{self, Absences};
use super::writer::Ledger;
use super::{files, targets};
use crate::model::target_state::Event;
use crate::model::{KnownFile, SourcePath, TargetId, TargetKind, Timestamp};

/// Rows that are made while they are written.
pub(crate) type Rows<T> = Box<dyn Iterator<Item = T> + Send>;

/// What a pass changes in the ledger. What it leaves out stays.
pub(crate) struct Commit {
    /// Files that are new, changed, or bound or held in another way than before.
    pub files: Rows<KnownFile>,
    /// The settings under which all files are bound from now on, as a hash, if they changed.
    pub settings: Option<String>,
    /// Links to what changes in the directory, by collection, the kinds they confirm, and since when.
    pub links: Vec<(TargetKind, &'static [TargetKind], String, Timestamp)>,
    /// Paths that are gone.
    pub gone: Vec<SourcePath>,
    /// What happens to targets, in this order.
    pub events: Rows<(TargetId, Event)>,
    /// Since when what is newly wanted is; none: now. What is sent must have been confirmed in the directory since.
    pub wished_at: Option<Timestamp>,
    /// A person has said so: these removals count against no limit.
    pub forced: bool,
    /// Photos whose files are gone; none: no account is kept of them.
    pub absences: Option<Absences>,
    /// What this pass saw of the world, by name.
    pub facts: Vec<(String, String)>,
}

impl Default for Commit {
    fn default() -> Self {
        Self {
            files: Box::new(std::iter::empty()),
            settings: None,
            links: Vec::new(),
            gone: Vec::new(),
            events: Box::new(std::iter::empty()),
            wished_at: None,
            forced: false,
            absences: Some(Absences::default()),
            facts: Vec::new(),
        }
    }
}

/// Whether there are surely no rows.
fn none<T>(rows: &Rows<T>) -> bool {
    rows.size_hint().1 == Some(0)
}

impl Commit {
    /// Whether it surely changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { files, settings, links, gone, events, absences, facts, forced: _, wished_at: _ } = self;
        settings.is_none()
            && links.is_empty()
            && none(files)
            && gone.is_empty()
            && none(events)
            && facts.is_empty()
            && *absences == Some(Absences::default())
    }
}

impl Ledger {
    /// Writes a pass down; all of it or nothing.
    pub(crate) async fn commit(&self, commit: Commit, now: Timestamp) -> Result<(), LedgerError> {
        self.write(move |connection| write(connection, commit, now)).await
    }
}

fn write(connection: &Connection, commit: Commit, now: Timestamp) -> rusqlite::Result<()> {
    for file in commit.files {
        files::write(connection, &file)?;
    }
    if let Some(settings) = &commit.settings {
        keep(connection, fact::SETTINGS, Some(settings))?;
    }
    for (collection, kinds, link, since) in &commit.links {
        // Changes are heard from `since` on: a binding from before that was not looked at in this sweep counts no more.
        forget_bindings(connection, kinds, *since)?;
        write_link(connection, *collection, kinds, Some(link), *since)?;
    }
    for path in &commit.gone {
        files::forget(connection, path, now)?;
    }
    for (name, value) in &commit.facts {
        keep(connection, name, Some(value))?;
    }
    let wished_at = commit.wished_at.unwrap_or(now);
    let mut removals = 0;
    for (target, event) in commit.events {
        let is_removal = event == Event::Remove;
        let at = if matches!(event, Event::Desire(_)) { wished_at } else { now };
        removals += usize::from(targets::update(connection, &target, event, at)? && is_removal);
    }
    if removals > 0 && !commit.forced {
        removals::count_removals(connection, removals, now.millis())?;
    }
    removals::write(connection, commit.absences.as_ref())
}
