//! The pages beside the report's first one: contact sheets, and lists that are too long for it.

use askama::Template;
use askama::filters::Safe;

use super::cards::{Card, MakeThumbnail, PICTURES, illustrate};
use super::filters;
use super::hr_report::{CauseGroup, PER_LIST, PER_SHEET, Report, SheetGroup, file_name};
use super::page::{PageFrame, PageLinks};
use super::texts::{Texts, fill};
use crate::model::Reason;
use crate::status::{HeldItem, PhotoRow, PhotoState};

const STYLE: &str = include_str!("hr_report.css");
const SCRIPT: &str = include_str!("search.js");
/// Cards of each cause, and names of each list, on the first page.
pub(super) const EXAMPLES: usize = 6;
pub(super) const NAMED: usize = 12;
/// Side of pictures in pixels.
pub(super) const SIDE: u32 = 120;

/// How pictures are made.
#[derive(Clone, Copy)]
pub(crate) struct Pictures<'a> {
    /// Makes one.
    pub make: MakeThumbnail<'a>,
    /// So many at once.
    pub workers: usize,
}

/// The pages of one report.
pub(super) struct Pages<'a> {
    pub(super) report: &'a Report,
    pub(super) pictures: Pictures<'a>,
    pub(super) groups: Vec<SheetGroup>,
    /// Everything on one page.
    pub(super) single: bool,
}

/// A link to a card or a page.
pub(super) struct Link {
    pub(super) href: String,
    pub(super) words: String,
}

/// Any further page: cards or names.
#[derive(Template)]
#[template(path = "hr_sheet.html")]
struct SheetPage<'a> {
    page: PageFrame,
    texts: &'a Texts,
    /// The report that it belongs to.
    place: String,
    heading: String,
    /// What it shows of how much, or what to do about it.
    note: String,
    cure: &'a str,
    letters: Vec<(Link, bool)>,
    links: Option<Safe<PageLinks>>,
    cards: Vec<Card>,
    names: Vec<Link>,
}

/// What a page beside the first one holds.
pub(super) enum Content<'a> {
    /// Everybody under one letter.
    Sheet(usize),
    /// What is held for one reason.
    Held(Reason, Vec<(usize, &'a PhotoRow)>),
    /// Files that belong to nobody.
    Files(PhotoState, &'a [HeldItem]),
    /// Names.
    Names(&'a str, &'a str, Vec<(usize, &'a PhotoRow)>),
}

impl<'a> Pages<'a> {
    pub(super) fn new(report: &'a Report, pictures: Pictures<'a>, single: bool) -> Self {
        Self { report, pictures, groups: report.sheet_groups(), single }
    }

    /// Where a row's card stands.
    pub(super) fn link(&self, at: usize) -> String {
        if self.single {
            return format!("#p{at}");
        }
        let group = self.groups.partition_point(|group| group.from <= at).checked_sub(1).and_then(|found| self.groups.get(found));
        group.map_or_else(String::new, |group| format!("{}#p{at}", file_name(&group.stem, (at - group.from) / PER_SHEET)))
    }

    pub(super) fn named(&self, (at, row): (usize, &PhotoRow)) -> Link {
        Link { href: self.link(at), words: row.shown().to_owned() }
    }

    pub(super) fn frame(&self, part: Option<&str>) -> PageFrame {
        let texts = &self.report.texts;
        PageFrame::new(self.report.title(part), STYLE, Some(SCRIPT)).in_language(&texts.language, &texts.direction)
    }

    /// The pages beside the first one: what their files' names begin with, and what is on them.
    pub(super) fn others(&self) -> Vec<(String, Content<'a>)> {
        let report = self.report;
        let mut others: Vec<(String, Content<'a>)> =
            self.groups.iter().enumerate().map(|(at, group)| (group.stem.clone(), Content::Sheet(at))).collect();
        for CauseGroup { reason, rows, .. } in report.causes() {
            if rows.len() > EXAMPLES {
                others.push((held_stem(reason), Content::Held(reason, rows)));
            }
        }
        let (unmatched, unread) = (&report.photos.unmatched, &report.photos.unread);
        for (stem, state, items) in [("unmatched", PhotoState::Unmatched, unmatched), ("unread", PhotoState::Unread, unread)] {
            if items.len() > EXAMPLES {
                others.push((stem.to_owned(), Content::Files(state, items)));
            }
        }
        let texts = &report.texts;
        let without = |state| report.without_file(state).unwrap_or_default();
        let (missing, only_photo) = (without(PhotoState::Missing), without(PhotoState::OnlyPhoto));
        for (stem, heading, note, rows) in [
            ("changed", &texts.changed_heading, "", report.changed()),
            ("missing", &texts.missing_heading, &*texts.missing_note, missing),
            ("only-photo", &texts.only_photo_heading, &*texts.only_photo_note, only_photo),
        ] {
            if rows.len() > NAMED {
                others.push((stem.to_owned(), Content::Names(heading, note, rows)));
            }
        }
        others
    }

    /// How many pages such content takes.
    pub(super) fn pages(&self, content: &Content<'_>) -> usize {
        match content {
            Content::Sheet(group) => self.groups.get(*group).map_or(0, |group| group.count.div_ceil(PER_SHEET)),
            Content::Held(_, rows) => rows.len().div_ceil(PER_SHEET),
            Content::Files(_, items) => items.len().div_ceil(PER_SHEET),
            Content::Names(_, _, rows) => rows.len().div_ceil(PER_LIST),
        }
    }

    /// A page beside the first one, from 0.
    pub(super) fn other(&self, stem: &str, content: &Content<'a>, page: usize) -> String {
        let (report, texts) = (self.report, &self.report.texts);
        let of = self.pages(content);
        let per = if matches!(content, Content::Names(..)) { PER_LIST } else { PER_SHEET };
        let from = page * per;
        let (mut cards, mut names) = (Vec::new(), Vec::new());
        let (heading, mut note, cure) = match content {
            Content::Sheet(group) => {
                let group = &self.groups[*group];
                let rows = &report.photos.rows[group.from + from..(group.from + from + per).min(group.from + group.count)];
                cards.extend(
                    rows.iter()
                        .zip(group.from + from..)
                        .map(|(row, at)| Card { id: Some(format!("p{at}")), ..Card::of_row(report, row, true) }),
                );
                let ends = rows.first().zip(rows.last()).map(|(first, last)| format!("{} – {}", first.shown(), last.shown()));
                (group.label.as_str(), ends.unwrap_or_default(), "")
            }
            Content::Held(reason, rows) => {
                let rows = rows.iter().skip(from).take(per);
                cards.extend(rows.map(|(at, row)| Card { link: Some(self.link(*at)), ..Card::of_row(report, row, false) }));
                let (meaning, cure) = texts.reason(*reason);
                (meaning, String::new(), cure)
            }
            Content::Files(state, items) => {
                let told = *state == PhotoState::Unread;
                let shown = items.iter().zip(0..).skip(from).take(per);
                cards.extend(shown.map(|(item, at)| Card { id: Some(format!("u{at}")), ..Card::of_item(report, item, told) }));
                let (heading, note) = self.files_words(*state);
                (heading, note.to_owned(), "")
            }
            Content::Names(heading, note, rows) => {
                names.extend(rows.iter().skip(from).take(per).map(|one| self.named(*one)));
                (*heading, (*note).to_owned(), "")
            }
        };
        let mut part = heading.to_owned();
        if of > 1 {
            let number = fill(&texts.page_of, &[("n", &texts.number(page + 1)), ("all", &texts.number(of))]);
            part = format!("{heading}, {number}");
            note = if note.is_empty() { number } else { format!("{note} ({number})") };
        }
        let mut left = PICTURES;
        illustrate(&mut cards, self.pictures.make, self.pictures.workers, SIDE, &mut left);
        let is_here = |at: usize| matches!(content, Content::Sheet(group) if *group == at);
        let letters = self.groups.iter().enumerate();
        let letters =
            letters.map(|(at, group)| (Link { href: file_name(&group.stem, 0), words: group.label.clone() }, is_here(at)));
        SheetPage {
            page: self.frame(Some(&part)),
            texts,
            place: report.title(None),
            heading: heading.to_owned(),
            note,
            cure,
            letters: letters.collect(),
            links: PageLinks::new(&texts.pages_label, page + 1, of, |number| file_name(stem, number - 1)),
            cards,
            names,
        }
        .to_string()
    }

    pub(super) fn files_words(&self, state: PhotoState) -> (&'a str, &'a str) {
        let texts = &self.report.texts;
        match state {
            PhotoState::Unread => (&texts.unread_heading, &texts.unread_note),
            _ => (&texts.unmatched_heading, &texts.unmatched_note),
        }
    }
}

impl SheetPage<'_> {
    fn footer(&self) -> String {
        self.texts.footer()
    }
}

/// What the names of the pages of a reason begin with.
pub(super) fn held_stem(reason: Reason) -> String {
    format!("held-{}", reason.as_str().replace('_', "-"))
}
