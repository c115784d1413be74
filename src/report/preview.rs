//! The preview sheet: each picture as HR dropped it, as it would be sent, and round as Teams shows it.

use std::ops::Range;

use askama::Template;
use askama::filters::Safe;
use bytes::Bytes;

use super::filters;
use super::html::inline_json;
use super::page::{PageFrame, PageLinks};

/// One picture on the sheet.
#[derive(Clone, Debug)]
pub(crate) struct Framed {
    /// Where it lies.
    pub path: String,
    /// Whom it speaks for, if anybody.
    pub target: Option<String>,
    /// Whole, small; none if it can't be decoded.
    pub before: Option<Bytes>,
    /// As it would be sent, and as Teams shows that, both small; or why it would not be sent.
    pub after: Result<[Bytes; 2], String>,
    /// Format, sizes, and what was done to it.
    pub notes: Vec<String>,
}

/// Bytes of one page at most: a browser, and a mail, take them.
const HEAVIEST: usize = 2_800_000;
/// Pictures on one page at most.
const PER_PAGE: usize = 60;
/// Bytes of what the search on the first page looks through, at most.
const SEARCHED: usize = 600_000;
/// What a picture's own markup takes, about.
const MARKUP: usize = 2_000;

/// The pages of a preview.
#[derive(Debug)]
pub(crate) struct Previews<'a> {
    pictures: &'a [Framed],
    pages: Vec<Range<usize>>,
    /// Whose these are, and how the pictures were prepared, in words.
    about: [String; 2],
}

const STYLE: &str = include_str!("preview.css");
const SCRIPT: &str = include_str!("search.js");

/// A page's template.
#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage<'a> {
    page: PageFrame,
    place: &'a str,
    recipe: &'a str,
    /// All of them, and those that can't be used.
    counts: [usize; 2],
    pictures: &'a [Framed],
    /// Of the first one on this page.
    from: usize,
    links: Option<Safe<PageLinks>>,
    search: Option<[Safe<String>; 2]>,
}

impl PreviewPage<'_> {
    fn word(&self) -> &'static str {
        if self.counts[0] == 1 { "picture" } else { "pictures" }
    }
}

impl Framed {
    fn weight(&self) -> usize {
        let after = self.after.as_ref().map_or(0, |after| after.iter().map(Bytes::len).sum());
        let bytes = self.before.as_ref().map_or(0, Bytes::len) + after;
        let text = self.path.len() * 6 + self.notes.iter().map(String::len).sum::<usize>() * 6;
        MARKUP + text + bytes.div_ceil(3) * 4
    }

    fn state(&self) -> &'static str {
        if self.after.is_ok() { "can be used" } else { "can't be used" }
    }
}

impl<'a> Previews<'a> {
    /// Parts the pictures into pages. `place`: whose they are; `recipe`: how they were prepared.
    pub(crate) fn new(pictures: &'a [Framed], place: String, recipe: String) -> Self {
        let mut pages = Vec::new();
        let (mut from, mut weight) = (0, 0);
        let room = HEAVIEST - SEARCHED;
        for (at, picture) in pictures.iter().enumerate() {
            if at > from && (at - from >= PER_PAGE || weight + picture.weight() > room) {
                pages.push(from..at);
                (from, weight) = (at, 0);
            }
            weight += picture.weight();
        }
        pages.push(from..pictures.len());
        Self { pictures, pages, about: [place, recipe] }
    }

    /// How many pages there are: one at least.
    pub(crate) fn count(&self) -> usize {
        self.pages.len()
    }

    /// The name of a page's file, from 0.
    pub(crate) fn file_name(page: usize) -> String {
        if page == 0 { "index.html".to_owned() } else { format!("preview-{}.html", page + 1) }
    }

    /// A page as HTML, from 0.
    pub(crate) fn page(&self, page: usize) -> String {
        let range = self.pages.get(page).cloned().unwrap_or_default();
        let of = self.count();
        let number = if of > 1 { format!(", page {} of {of}", page + 1) } else { String::new() };
        let [place, recipe] = &self.about;
        PreviewPage {
            page: PageFrame::new(format!("Preview of photos{number} – {place}"), STYLE, Some(SCRIPT)),
            place,
            recipe,
            counts: [self.pictures.len(), self.pictures.iter().filter(|picture| picture.after.is_err()).count()],
            pictures: self.pictures.get(range.clone()).unwrap_or_default(),
            from: range.start,
            links: PageLinks::new("Pages", page + 1, of, |number| Self::file_name(number - 1)),
            search: if page == 0 && of > 1 { self.search() } else { None },
        }
        .to_string()
    }

    /// All of them, for the search on the first page; none if they are too many, or stand on it anyway.
    fn search(&self) -> Option<[Safe<String>; 2]> {
        let rows = self
            .pictures
            .iter()
            .map(|picture| [picture.path.clone(), picture.target.clone().unwrap_or_default(), picture.state().to_owned()]);
        let rows = inline_json(rows);
        let runs =
            self.pages.iter().enumerate().map(|(page, range)| [range.start.to_string(), Self::file_name(page), "p".to_owned()]);
        (rows.0.len() <= SEARCHED).then(|| [rows, inline_json(runs)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usable(path: &str, bytes: usize) -> Framed {
        let picture = || Bytes::from(vec![b'y'; bytes]);
        let notes = vec!["turned upright".into()];
        Framed {
            path: path.into(),
            target: Some("anna@contoso.com".into()),
            before: Some(picture()),
            after: Ok([picture(), picture()]),
            notes,
        }
    }

    #[test]
    fn a_page_shows_pictures_reasons_and_the_way_to_the_others() {
        let held = Framed { path: "a<b>.jpg".into(), target: None, before: None, after: Err("damaged".into()), notes: vec![] };
        let pictures: Vec<Framed> = std::iter::once(held).chain((0..70).map(|at| usable(&format!("c{at}.jpg"), 1))).collect();
        let previews = Previews::new(&pictures, "contoso.com".into(), "648 pixels".into());
        assert_eq!(previews.count(), 2);
        let page = previews.page(0);
        for part in [
            "<title>Preview of photos, page 1 of 2 – contoso.com</title>",
            "71 pictures, 1 that can't be used. 648 pixels",
            "a&lt;b&gt;.jpg",
            "damaged",
            "data:image/jpeg;base64,eQ==",
            "preview-2.html",
            "turned upright",
            "[\"c69.jpg\",\"anna@contoso.com\",\"can be used\"]",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert!(previews.page(1).contains("id=\"p70\"") && !previews.page(1).contains("id=\"all\""));
        assert!(!page.contains("http://") && !page.contains("https://"));
    }

    #[test]
    fn no_page_is_heavier_than_three_megabytes() {
        let pictures: Vec<Framed> =
            (0..300).map(|at| usable(&format!("{at}.jpg"), if at % 7 == 0 { 200_000 } else { 20_000 })).collect();
        let previews = Previews::new(&pictures, String::new(), String::new());
        let mut shown = 0;
        for page in 0..previews.count() {
            let page = previews.page(page);
            assert!(page.len() < 3_000_000, "{}", page.len());
            shown += page.matches("alt=\"as sent\"").count();
        }
        assert_eq!(shown, 300);
        assert_eq!(Previews::new(&[], String::new(), String::new()).count(), 1);
    }
}
