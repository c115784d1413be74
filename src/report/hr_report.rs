//! The report for HR: what is told, in which order, on which pages.
//!
//! One page tells all in a sentence, in figures, and by cause what is held: for HR, then for IT. Everybody stands on
//! contact sheets, a letter each; whatever is too long for the first page has pages of its own, none larger than a
//! megabyte.

use super::fold::{folded, letter};
use super::texts::Texts;
use crate::model::{Actor, Reason, TargetKind, Timestamp};
use crate::status::{Instance, PhotoRow, PhotoState, Photos};

/// Cards on one page: with their pictures at most a megabyte.
pub(super) const PER_SHEET: usize = 80;
/// Names on one page.
pub(super) const PER_LIST: usize = 3_000;

impl PhotoRow {
    pub(super) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or_default()
    }

    /// As people know it.
    pub(super) fn shown(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.name)
    }
}

/// Who can mend what holds a row.
pub(super) fn actor(row: &PhotoRow) -> Actor {
    row.why.as_ref().map_or(Actor::Itself, |why| why.reason.actor())
}

/// What holds for the report as a whole.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Report {
    /// Its words.
    pub texts: Texts,
    /// Of which tenant, made where.
    pub instance: Instance,
    /// When it was made.
    pub made: Timestamp,
    /// Since when "changed" counts.
    pub since: Timestamp,
    /// Everybody, in the order of the sheets, and files that belong to nobody.
    pub photos: Photos,
    /// Whether people without a photo were asked for.
    pub asked_missing: bool,
    /// Names were to be shown, and could not be asked for.
    pub names_unknown: bool,
    /// A safety limit stops the service.
    pub halted: bool,
    /// No pass can look: what has changed since is in no count.
    pub unseen: bool,
}

/// Rows under one letter, or of one kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct SheetKey {
    /// People, groups, teams, contacts.
    kind: u8,
    /// Letters first, in their order; then whatever begins with none.
    letter: (bool, Option<char>),
}

/// A run of rows that stand on sheets of their own.
#[derive(Clone, Debug)]
pub(super) struct SheetGroup {
    /// As the links name it.
    pub(super) label: String,
    /// What its files' names begin with.
    pub(super) stem: String,
    /// Its first row, and how many.
    pub(super) from: usize,
    pub(super) count: usize,
}

/// What is held for one reason.
pub(super) struct CauseGroup<'a> {
    pub(super) reason: Reason,
    /// Who can mend it.
    pub(super) actor: Actor,
    /// The rows and their places.
    pub(super) rows: Vec<(usize, &'a PhotoRow)>,
}

impl SheetKey {
    fn of(row: &PhotoRow) -> Self {
        let kind = match row.kind {
            Some(TargetKind::Me | TargetKind::User) | None => 0,
            Some(TargetKind::Group) => 1,
            Some(TargetKind::Team) => 2,
            Some(TargetKind::Contact) => 3,
        };
        let letter = if kind == 0 { letter(row.shown()) } else { None };
        Self { kind, letter: (kind == 0 && letter.is_none(), letter) }
    }

    fn group(&self, texts: &Texts, from: usize) -> SheetGroup {
        let (label, stem) = match (self.kind, self.letter.1) {
            (0, Some('0')) => ("0–9".to_owned(), "people-0".to_owned()),
            (0, Some(letter)) if letter.is_ascii() => (letter.to_string(), format!("people-{}", letter.to_ascii_lowercase())),
            (0, Some(letter)) => (letter.to_string(), format!("people-u{:04x}", u32::from(letter))),
            (0, None) => (texts.others.clone(), "people-other".to_owned()),
            (1, _) => (texts.groups.clone(), "groups".to_owned()),
            (2, _) => (texts.teams.clone(), "teams".to_owned()),
            _ => (texts.contacts.clone(), "contacts".to_owned()),
        };
        SheetGroup { label, stem, from, count: 0 }
    }
}

/// The name of a page's file, from 0.
pub(super) fn file_name(stem: &str, page: usize) -> String {
    if page == 0 { format!("{stem}.html") } else { format!("{stem}-{}.html", page + 1) }
}

/// What the names of pages begin with, but for the first one.
pub(super) const STEMS: [&str; 10] =
    ["people-", "groups", "teams", "contacts", "held-", "unmatched", "unread", "changed", "missing", "only-photo"];

impl Report {
    /// Brings everybody in the order of the sheets.
    #[must_use]
    pub(crate) fn sorted(mut self) -> Self {
        self.photos.rows.sort_by_cached_key(|row| (SheetKey::of(row), folded(row.shown()), row.name.clone()));
        self
    }

    /// The sheets, in the order of the rows.
    pub(super) fn sheet_groups(&self) -> Vec<SheetGroup> {
        let mut groups: Vec<(SheetKey, SheetGroup)> = Vec::new();
        for (at, row) in self.photos.rows.iter().enumerate() {
            let key = SheetKey::of(row);
            match groups.last_mut() {
                Some((last, group)) if *last == key => group.count += 1,
                _ => groups.push((key.clone(), SheetGroup { count: 1, ..key.group(&self.texts, at) })),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// What is held, by cause: for HR, for IT, for nobody; what many have first.
    pub(super) fn causes(&self) -> Vec<CauseGroup<'_>> {
        let mut causes: Vec<CauseGroup<'_>> = Vec::new();
        for (at, row) in self.photos.rows.iter().enumerate().filter(|(_, row)| row.state == PhotoState::Held) {
            let reason = row.why.as_ref().map_or(Reason::Transient, |why| why.reason);
            match causes.iter_mut().find(|cause| cause.reason == reason) {
                Some(cause) => cause.rows.push((at, row)),
                None => causes.push(CauseGroup { reason, actor: actor(row), rows: vec![(at, row)] }),
            }
        }
        causes.sort_by_key(|cause| (std::cmp::Reverse(cause.rows.len()), cause.reason.as_str()));
        causes
    }

    /// Rows that changed lately.
    pub(super) fn changed(&self) -> Vec<(usize, &PhotoRow)> {
        self.photos.rows.iter().enumerate().filter(|(_, row)| row.changed).collect()
    }

    /// People without a file: in this state, [`PhotoState::Missing`] or [`PhotoState::OnlyPhoto`]; none if nobody asked.
    pub(super) fn without_file(&self, state: PhotoState) -> Option<Vec<(usize, &PhotoRow)>> {
        let missing = self.photos.rows.iter().enumerate().filter(|(_, row)| row.state == state);
        self.asked_missing.then(|| missing.collect())
    }

    /// The page's title: what, of whom.
    pub(super) fn title(&self, part: Option<&str>) -> String {
        let tenant = tenant(&self.instance);
        match part {
            Some(part) => format!("{part} – {} – {tenant}", self.texts.title),
            None => format!("{} – {tenant}", self.texts.title),
        }
    }

    /// Since when the first of these is held.
    pub(super) fn first_since<'a>(since: impl Iterator<Item = &'a Option<Timestamp>>) -> Option<Timestamp> {
        since.copied().flatten().min()
    }
}

/// The tenant, as people call it.
pub(super) fn tenant(instance: &Instance) -> String {
    match &instance.tenant {
        Some(tenant) if matches!(instance.cloud.as_str(), "global" | "custom") => tenant.clone(),
        Some(tenant) => format!("{tenant} ({})", instance.cloud),
        None => "simulated tenant".to_owned(),
    }
}

#[cfg(test)]
#[path = "hr_report_tests.rs"]
mod tests;
