//! The report's first page: all in a sentence and in figures, what is held by cause, a search, and the way to the rest.

use askama::Template;
use askama::filters::Safe;

use super::cards::{Card, PICTURES, illustrate};
use super::figures::Figures;
use super::filters;
use super::hr_pages::{EXAMPLES, Link, NAMED, Pages, SIDE, held_stem};
use super::hr_report::{CauseGroup, PER_SHEET, Report, file_name, tenant};
use super::html::inline_json;
use super::page::PageFrame;
use super::texts::{Texts, fill};
use crate::model::{Actor, Reason, Timestamp};
use crate::status::{HeldItem, PhotoRow, PhotoState};

/// Bytes of pictures on the first page, and of what the search there looks through.
const FEW_PICTURES: usize = 330_000;
const SEARCHED: usize = 520_000;
/// Side of pictures where one page has many.
const SMALL_SIDE: u32 = 64;

/// The first page.
#[derive(Template)]
#[template(path = "hr_report.html")]
struct IndexPage<'a> {
    page: PageFrame,
    report: &'a Report,
    texts: &'a Texts,
    figures: Figures,
    verdict: String,
    is_well: bool,
    /// What the search looks through: texts, words of states, and where runs of rows stand.
    search: Option<[Safe<String>; 3]>,
    sections: Vec<Section<'a>>,
    beside: Vec<Block<'a>>,
    lists: Vec<NameList<'a>>,
    letters: Vec<(Link, usize)>,
    cards: Option<Vec<Card>>,
}

/// A part of the first page: what is held for somebody, by cause.
struct Section<'a> {
    id: &'static str,
    heading: &'a str,
    note: &'a str,
    blocks: Vec<Block<'a>>,
}

/// One cause, or one kind of files that belong to nobody.
struct Block<'a> {
    id: String,
    meaning: &'a str,
    count: usize,
    code: &'static str,
    cure: &'a str,
    since: Option<String>,
    cards: Vec<Card>,
    /// Those without a card here, where there are no other pages.
    rest: Vec<Link>,
    /// Where all of them are.
    all: Option<Link>,
}

/// A list of names.
struct NameList<'a> {
    id: &'static str,
    heading: &'a str,
    note: &'a str,
    links: Vec<Link>,
    all: Option<Link>,
}

impl<'a> Pages<'a> {
    /// The first page.
    pub(super) fn index(&self) -> String {
        let (report, texts) = (self.report, &self.report.texts);
        let figures = Figures::of(report);
        let (verdict, none_held) = figures.verdict(texts);
        let is_well = none_held && !report.halted && !report.unseen;
        let mut left = if self.single { PICTURES } else { FEW_PICTURES };
        let side = if report.photos.rows.len() > PER_SHEET && self.single { SMALL_SIDE } else { SIDE };
        let causes = report.causes();
        let sections = [
            (Actor::Hr, "hr", &texts.hr_heading, &texts.hr_note),
            (Actor::Administrator, "it", &texts.it_heading, &texts.it_note),
            (Actor::Itself, "itself", &texts.itself_heading, &texts.itself_note),
        ];
        let sections = sections.into_iter().filter_map(|(actor, id, heading, note)| {
            let of = |one: Actor| if one == Actor::Nobody { Actor::Itself } else { one };
            let blocks: Vec<Block<'a>> =
                causes.iter().filter(|cause| of(cause.actor) == actor).map(|cause| self.cause(cause, side, &mut left)).collect();
            (!blocks.is_empty() || actor != Actor::Itself).then_some(Section { id, heading, note, blocks })
        });
        let sections = sections.collect();
        let (unmatched, unread) = (&report.photos.unmatched, &report.photos.unread);
        let beside = [(PhotoState::Unmatched, "unmatched", unmatched), (PhotoState::Unread, "unread", unread)];
        let beside = beside.into_iter().filter(|(.., items)| !items.is_empty());
        let beside = beside.map(|(state, stem, items)| self.files(state, stem, items, side, &mut left)).collect();
        let mut lists = Vec::new();
        if let Some(missing) = report.without_file(PhotoState::Missing) {
            lists.push(self.names("missing", &texts.missing_heading, &texts.missing_note, &missing));
        }
        if let Some(only_photo) = report.without_file(PhotoState::OnlyPhoto).filter(|people| !people.is_empty()) {
            lists.push(self.names("only-photo", &texts.only_photo_heading, &texts.only_photo_note, &only_photo));
        }
        lists.push(self.names("changed", &texts.changed_heading, "", &report.changed()));
        let letters = self.groups.iter().filter(|_| !self.single);
        let letters = letters.map(|group| (Link { href: file_name(&group.stem, 0), words: group.label.clone() }, group.count));
        let cards = self.single.then(|| {
            let rows = report.photos.rows.iter().enumerate();
            let mut cards: Vec<Card> =
                rows.map(|(at, row)| Card { id: Some(format!("p{at}")), ..Card::of_row(report, row, true) }).collect();
            illustrate(&mut cards, self.pictures.make, self.pictures.workers, side, &mut left);
            cards
        });
        IndexPage {
            page: self.frame(None),
            report,
            texts,
            figures,
            verdict,
            is_well,
            search: self.search(),
            sections,
            beside,
            lists,
            letters: letters.collect(),
            cards,
        }
        .to_string()
    }

    fn cause(&self, cause: &CauseGroup<'a>, side: u32, left: &mut usize) -> Block<'a> {
        let (report, texts) = (self.report, &self.report.texts);
        let (meaning, cure) = texts.reason(cause.reason);
        let (shown, rest) = cause.rows.split_at(cause.rows.len().min(EXAMPLES));
        let mut cards: Vec<Card> =
            shown.iter().map(|(at, row)| Card { link: Some(self.link(*at)), ..Card::of_row(report, row, false) }).collect();
        illustrate(&mut cards, self.pictures.make, self.pictures.workers, side, left);
        Block {
            id: format!("cause-{}", cause.reason.as_str().replace('_', "-")),
            meaning,
            count: cause.rows.len(),
            code: cause.reason.as_str(),
            cure,
            since: self.since(cause.rows.iter().map(|(_, row)| &row.since), cause.rows.len()),
            cards,
            rest: rest.iter().filter(|_| self.single).map(|one| self.named(*one)).collect(),
            all: self.all(&held_stem(cause.reason), cause.rows.len(), rest.len()),
        }
    }

    fn files(&self, state: PhotoState, stem: &str, items: &'a [HeldItem], side: u32, left: &mut usize) -> Block<'a> {
        let report = self.report;
        let (meaning, cure) = self.files_words(state);
        let told = state == PhotoState::Unread;
        let (shown, rest) = items.split_at(items.len().min(EXAMPLES));
        let mut cards: Vec<Card> = shown.iter().map(|item| Card::of_item(report, item, told)).collect();
        illustrate(&mut cards, self.pictures.make, self.pictures.workers, side, left);
        let path = |item: &HeldItem| Link { href: String::new(), words: item.path.clone().unwrap_or_default() };
        Block {
            id: stem.to_owned(),
            meaning,
            count: items.len(),
            code: if told { "" } else { Reason::Unmatched.as_str() },
            cure,
            since: self.since(items.iter().map(|item| &item.since), items.len()),
            cards,
            rest: rest.iter().filter(|_| self.single).map(path).collect(),
            all: self.all(stem, items.len(), rest.len()),
        }
    }

    fn since<'b>(&self, since: impl Iterator<Item = &'b Option<Timestamp>>, count: usize) -> Option<String> {
        let texts = &self.report.texts;
        let first = Report::first_since(since)?;
        Some(fill(if count == 1 { &texts.since } else { &texts.first_since }, &[("date", &texts.time(first))]))
    }

    fn names(&self, id: &'static str, heading: &'a str, note: &'a str, rows: &[(usize, &PhotoRow)]) -> NameList<'a> {
        let shown = if self.single { rows.len() } else { rows.len().min(NAMED) };
        let links = rows.iter().take(shown).map(|one| self.named(*one)).collect();
        NameList { id, heading, note, links, all: self.all(id, rows.len(), rows.len() - shown) }
    }

    /// The link to all of something, where the first page has not all.
    fn all(&self, stem: &str, count: usize, rest: usize) -> Option<Link> {
        let texts = &self.report.texts;
        let words = fill(&texts.show_all, &[("n", &texts.number(count))]);
        (rest > 0 && !self.single).then(|| Link { href: file_name(stem, 0), words })
    }

    /// What the search looks through; none if it is too much for a page.
    fn search(&self) -> Option<[Safe<String>; 3]> {
        let Report { photos, texts, .. } = self.report;
        let row = |row: &PhotoRow| {
            let mut more: Vec<&str> = Vec::new();
            for text in [Some(row.name.as_str()), row.department.as_deref(), row.path.as_deref()].into_iter().flatten() {
                // A file that is named after its person is found by that name.
                let is_named_alike = text == row.path() && text.contains(&row.name);
                if !is_named_alike && !row.shown().contains(text) {
                    more.push(text);
                }
            }
            [row.shown().to_owned(), more.join(" "), row.state.as_str().to_owned()]
        };
        let file =
            |item: &HeldItem| [item.path.clone().unwrap_or_default(), String::new(), PhotoState::Unmatched.as_str().to_owned()];
        let rows = inline_json(photos.rows.iter().map(row).chain(photos.unmatched.iter().map(file)));
        if rows.0.len() > SEARCHED {
            return None;
        }
        let states = PhotoState::ALL.iter().map(|state| [state.as_str().to_owned(), texts.state(*state).to_owned()]);
        let mut runs: Vec<[String; 3]> = Vec::new();
        let mut run = |from: usize, file: String, anchor: &str| runs.push([from.to_string(), file, anchor.to_owned()]);
        if self.single {
            run(0, String::new(), "p");
        }
        for group in self.groups.iter().filter(|_| !self.single) {
            for page in 0..group.count.div_ceil(PER_SHEET) {
                run(group.from + page * PER_SHEET, file_name(&group.stem, page), "p");
            }
        }
        let people = photos.rows.len();
        if self.single || photos.unmatched.len() <= EXAMPLES {
            run(people, String::new(), "unmatched");
        } else {
            for page in 0..photos.unmatched.len().div_ceil(PER_SHEET) {
                run(people + page * PER_SHEET, file_name("unmatched", page), "u");
            }
        }
        Some([rows, inline_json(states), inline_json(runs.into_iter())])
    }
}

impl IndexPage<'_> {
    fn made(&self) -> String {
        let Report { texts, instance, made, since, .. } = self.report;
        let made = fill(&texts.made, &[("date", &texts.time(*made)), ("host", &instance.host)]);
        format!("{made}. {}", fill(&texts.changed_since, &[("date", &texts.time(*since))]))
    }

    fn tenant(&self) -> String {
        tenant(&self.report.instance)
    }

    fn footer(&self) -> String {
        self.texts.footer()
    }
}
