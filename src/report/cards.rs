//! One person, group or file as a card: its picture, its name, where it stands, and what was found.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use super::hr_report::Report;
use super::texts::{Texts, fill};
use crate::model::{Actor, Digest, Reason, SourcePath};
use crate::status::{HeldItem, PhotoRow, PhotoState};

/// Pictures on one card at most.
const MOST_FILES: usize = 4;
/// Bytes of a page's pictures, as they stand in it: the page stays below a megabyte.
pub(super) const PICTURES: usize = 800_000;
/// Characters of a text that is shown.
const LONGEST: usize = 300;

/// Makes a small picture of this side of a file, if it still holds this content; of whatever it holds if none is given.
pub(crate) type MakeThumbnail<'a> = &'a (dyn Fn(&SourcePath, Option<Digest>, u32) -> Option<Bytes> + Sync);

/// A card.
pub(super) struct Card {
    /// Where links lead to.
    pub(super) id: Option<String>,
    /// Its place on a sheet.
    pub(super) link: Option<String>,
    pub(super) name: String,
    /// As the file or table names it, and the department.
    pub(super) about: Vec<String>,
    pub(super) class: &'static str,
    /// Where it stands, and why.
    pub(super) state: Vec<String>,
    /// What was found, in the words of the program.
    pub(super) finding: Option<String>,
    pub(super) pictures: Vec<CardPicture>,
    /// Further files.
    pub(super) more: Option<String>,
}

/// A file on a card.
pub(super) struct CardPicture {
    pub(super) path: Option<String>,
    pub(super) thumbnail: Option<Bytes>,
    /// Stands in the place of the picture.
    pub(super) instead: String,
    wanted: Option<(SourcePath, Option<Digest>)>,
}

impl PhotoState {
    /// How it looks.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::UpToDate => "good",
            Self::Held => "bad",
            Self::Drifted | Self::NoFile | Self::Missing | Self::OnlyPhoto | Self::Unmatched | Self::Unread => "warn",
            Self::OnItsWay | Self::Kept | Self::DefaultPicture | Self::OutOfScope => "faint",
        }
    }
}

impl Card {
    /// Of a row; `alone`: it stands on its sheet, not under a heading that says why it is held.
    pub(super) fn of_row(report: &Report, row: &PhotoRow, alone: bool) -> Self {
        let texts = &report.texts;
        let account = (row.shown() != row.name).then(|| row.name.clone());
        let mut state = Vec::new();
        if alone {
            let meaning = row.why.as_ref().filter(|_| row.state == PhotoState::Held).map(|why| texts.reason(why.reason).0);
            state.push(meaning.unwrap_or_else(|| texts.state(row.state)).to_owned());
            state.extend(row.delivered.map(|at| fill(&texts.accepted, &[("date", &texts.time(at))])));
        } else {
            state.extend(row.since.map(|at| fill(&texts.since, &[("date", &texts.time(at))])));
        }
        // Where the meaning says all, it is not said twice.
        let says_all = |reason| matches!(reason, Reason::DuplicateFiles | Reason::AccountDisabled | Reason::Guest);
        // It is English; who reads another language and is no administrator is told by the meaning.
        let reads = |reason: Reason| texts.language == "en" || reason.actor() == Actor::Administrator;
        let found = row.why.as_ref().filter(|_| row.state == PhotoState::Held);
        let found = found.filter(|why| !says_all(why.reason) && reads(why.reason));
        let found = found.map(|why| &why.detail);
        Self {
            id: None,
            link: None,
            name: short(row.shown()),
            about: account.into_iter().chain(row.department.clone()).map(|text| short(&text)).collect(),
            class: row.state.class(),
            state,
            finding: found.filter(|detail| !names_a_setting(detail)).map(|detail| short(detail)),
            pictures: CardPicture::of_row(texts, row),
            more: (row.others.len() >= MOST_FILES)
                .then(|| fill(&texts.and_more, &[("n", &texts.number(row.others.len() + 1 - MOST_FILES))])),
        }
    }

    /// Of a file that belongs to nobody. `told`: what was found is worth telling.
    pub(super) fn of_item(report: &Report, item: &HeldItem, told: bool) -> Self {
        let texts = &report.texts;
        let wanted = item.path.as_deref().filter(|_| !told).and_then(|path| SourcePath::new(path).ok()).map(|path| (path, None));
        let instead = texts.no_picture_readable.clone();
        Self {
            id: None,
            link: None,
            name: short(item.path.as_deref().or(item.label.as_deref()).unwrap_or_default()),
            about: Vec::new(),
            class: "warn",
            state: item.since.map(|at| fill(&texts.since, &[("date", &texts.time(at))])).into_iter().collect(),
            finding: told.then(|| short(&item.detail)),
            pictures: vec![CardPicture { path: None, thumbnail: None, instead, wanted }],
            more: None,
        }
    }
}

impl CardPicture {
    fn of_row(texts: &Texts, row: &PhotoRow) -> Vec<Self> {
        let now = |path: &String| SourcePath::new(path).ok().map(|path| (path, None));
        let (instead, wanted) = match row.state {
            PhotoState::UpToDate | PhotoState::Drifted | PhotoState::DefaultPicture => {
                (&texts.no_picture_left, row.picture.as_ref().map(|(path, digest)| (path.clone(), Some(*digest))))
            }
            PhotoState::Held | PhotoState::OnItsWay => (&texts.no_picture_readable, row.path.as_ref().and_then(now)),
            PhotoState::NoFile => (&texts.no_picture_left, None),
            _ => (&texts.no_picture_delivered, None),
        };
        let own = Self { path: row.path.as_deref().map(short), thumbnail: None, instead: instead.clone(), wanted };
        let others = row.others.iter().take(MOST_FILES - 1).map(|path| Self {
            path: Some(short(path)),
            thumbnail: None,
            instead: instead.clone(),
            wanted: now(path),
        });
        std::iter::once(own).chain(others).collect()
    }
}

/// Makes the pictures of cards, as many at once as `workers`, of this side; those that would take the page above `bytes`
/// are left out.
pub(super) fn illustrate(cards: &mut [Card], make: MakeThumbnail<'_>, workers: usize, side: u32, bytes: &mut usize) {
    let mut pictures: Vec<&mut CardPicture> = cards.iter_mut().flat_map(|card| &mut card.pictures).collect();
    let wanted: Vec<_> = pictures.iter_mut().map(|picture| picture.wanted.take()).collect();
    let thumbnails: Mutex<Vec<Option<Bytes>>> = Mutex::new(vec![None; wanted.len()]);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, wanted.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = wanted.get(at) else { return };
                    let Some((path, digest)) = one else { continue };
                    let picture = make(path, *digest, side);
                    if let Some(place) = thumbnails.lock().unwrap_or_else(PoisonError::into_inner).get_mut(at) {
                        *place = picture;
                    }
                }
            });
        }
    });
    for (picture, jpeg) in pictures.into_iter().zip(thumbnails.into_inner().unwrap_or_else(PoisonError::into_inner)) {
        let weight = jpeg.as_ref().map_or(0, |jpeg| jpeg.len().div_ceil(3) * 4);
        if weight <= *bytes {
            *bytes -= weight;
            picture.thumbnail = jpeg;
        }
    }
}

/// As much of a text as is shown.
fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Whether a text names a setting or a command: that is no advice for HR.
fn names_a_setting(text: &str) -> bool {
    const SECTIONS: [&str; 12] = [
        "source.", "mapping.", "scope.", "photo.", "graph.", "upload.", "removal.", "guard.", "backup.", "drift.", "ledger.",
        "report.",
    ];
    let is_setting = |section: &&str| {
        text.match_indices(*section).any(|(at, _)| {
            let follows = text[at + section.len()..].starts_with(|c: char| c.is_ascii_lowercase());
            follows && !text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'))
        })
    };
    text.contains('`') || SECTIONS.iter().any(is_setting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_commands_are_told_from_file_names() {
        for text in ["raise photo.max_pixels", "see `photosyncd doctor`", "(mapping.table)"] {
            assert!(names_a_setting(text), "{text}");
        }
        for text in ["my-photo.jpg", "users/photo.jpg and x", "the source. It", "40 x 40 pixels"] {
            assert!(!names_a_setting(text), "{text}");
        }
    }
}
