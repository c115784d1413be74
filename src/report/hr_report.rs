//! The report for HR: one page of totals, what is held and a search, and contact sheets of who has which photo.

use std::fmt::Write;

use bytes::Bytes;

use super::html::{Jointed, Text, image};
use super::page::{close, open, pages};

const STYLE: &str = include_str!("hr_report.css");
const SCRIPT: &str = include_str!("search.js");
/// Rows of the table of what is held, and names in each list, at most: the page stays below 2 MB.
const LISTED: usize = 500;

/// How one photo stands, for somebody who asked for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum RowState {
    /// Microsoft 365 has the photo of the file.
    UpToDate,
    /// It goes out soon, or is tried again by itself.
    OnItsWay,
    /// Somebody must act.
    Held,
    /// The tenant's own photo stands, as decided.
    Kept,
    /// Not served, as decided.
    OutOfScope,
    /// The file is gone; the photo was delivered before.
    NoFile,
    /// A person in scope without a photo.
    Missing,
}

impl RowState {
    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::UpToDate => "up to date",
            Self::OnItsWay => "on its way",
            Self::Held => "held",
            Self::Kept => "own photo kept",
            Self::OutOfScope => "out of scope",
            Self::NoFile => "file is gone",
            Self::Missing => "no photo",
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::UpToDate => "good",
            Self::Held => "bad",
            Self::OnItsWay | Self::NoFile | Self::Missing => "warn",
            Self::Kept | Self::OutOfScope => "faint",
        }
    }
}

/// One person, group, team or contact.
#[derive(Clone, Debug)]
pub(crate) struct PersonRow {
    /// `user`, `group`, `team`, `contact` or `me`.
    pub kind: &'static str,
    /// As HR names it.
    pub name: String,
    /// As Microsoft 365 names it.
    pub object_id: Option<String>,
    /// The file.
    pub path: Option<String>,
    /// How it stands.
    pub state: RowState,
    /// Since when, as RFC 3339 and as people read it.
    pub since: Option<(String, String)>,
    /// When Microsoft 365 accepted the photo, in both forms.
    pub delivered: Option<(String, String)>,
    /// Whether that was lately.
    pub changed: bool,
    /// Why it is held: code, words, cure.
    pub why: Option<(String, String, String)>,
}

/// What holds for the report as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// When it was made, as people read it.
    pub made: String,
    /// Since when "changed" counts, as people read it.
    pub since: String,
    /// Everybody, in the order of the sheets.
    pub rows: Vec<PersonRow>,
    /// Rows on one sheet; everything on the first page if none.
    pub per_sheet: Option<usize>,
    /// Whether people without a photo were asked for.
    pub asked_missing: bool,
    /// Files that no rule claims.
    pub unmatched: u64,
}

impl Report {
    /// How many sheets there are.
    pub(crate) fn sheets(&self) -> usize {
        self.per_sheet.map_or(0, |per| self.rows.len().div_ceil(per))
    }

    /// The name of a sheet's file, from 1.
    pub(crate) fn sheet_name(number: usize) -> String {
        format!("people-{number}.html")
    }

    fn link(&self, at: usize) -> String {
        match self.per_sheet {
            Some(per) => format!("{}#p{at}", Self::sheet_name(at / per + 1)),
            None => format!("#p{at}"),
        }
    }

    /// The first page. `thumbnails` are those of all rows, where there are no sheets.
    pub(crate) fn index(&self, thumbnails: &[Option<Bytes>]) -> String {
        let mut page = String::new();
        open(&mut page, "Profile photos", STYLE, Some(SCRIPT));
        _ = write!(
            page,
            "<a class=\"skip\" href=\"#main\">Skip to the content</a><header><h1>Profile photos</h1>\
             <p class=\"faint\">Made {}. “Changed” means accepted by Microsoft 365 since {}.</p></header><main id=\"main\">",
            Text(&self.made),
            Text(&self.since)
        );
        self.totals(&mut page);
        search(&mut page, "Search everybody by name, file or state");
        page.push_str("<ul id=\"hits\"></ul>");
        self.data(&mut page);
        pages(&mut page, "Contact sheets", 0, self.sheets(), Self::sheet_name);
        self.held(&mut page);
        self.names(&mut page, "Changed", |row| row.changed);
        if self.asked_missing {
            self.names(&mut page, "Without a photo", |row| row.state == RowState::Missing);
        }
        if self.per_sheet.is_none() {
            page.push_str("<h2>Everybody</h2>");
            Self::cards(&mut page, 0, &self.rows, thumbnails);
        }
        page.push_str("</main>");
        close(&mut page, Some(SCRIPT));
        page
    }

    /// A contact sheet, from 1, with the thumbnails of its rows.
    pub(crate) fn sheet(&self, number: usize, thumbnails: &[Option<Bytes>]) -> String {
        let per = self.per_sheet.unwrap_or(usize::MAX);
        let from = (number - 1).saturating_mul(per);
        let rows = &self.rows[from.min(self.rows.len())..(from.saturating_add(per)).min(self.rows.len())];
        let mut page = String::new();
        let title = format!("Profile photos, sheet {number} of {}", self.sheets());
        open(&mut page, &title, STYLE, Some(SCRIPT));
        let ends = match (rows.first(), rows.last()) {
            (Some(first), Some(last)) => format!("{} to {}", first.name, last.name),
            _ => String::new(),
        };
        _ = write!(
            page,
            "<a class=\"skip\" href=\"#main\">Skip to the content</a><header><h1>{title}</h1><p class=\"faint\">{}</p>\
             <p><a href=\"index.html\">Totals, what is held, and search</a></p></header>",
            Text(&ends)
        );
        pages(&mut page, "Contact sheets", number, self.sheets(), Self::sheet_name);
        page.push_str("<main id=\"main\">");
        search(&mut page, "Show only, by name, file or state");
        Self::cards(&mut page, from, rows, thumbnails);
        page.push_str("</main>");
        close(&mut page, Some(SCRIPT));
        page
    }

    fn totals(&self, page: &mut String) {
        let count = |state| self.rows.iter().filter(|row| row.state == state).count();
        page.push_str("<dl>");
        let mut one = |name: &str, number: usize| _ = write!(page, "<div><dt>{name}</dt><dd>{number}</dd></div>");
        one("Photo slots", self.rows.iter().filter(|row| row.state != RowState::Missing).count());
        one("Up to date", count(RowState::UpToDate));
        one("Changed", self.rows.iter().filter(|row| row.changed).count());
        one("On their way", count(RowState::OnItsWay));
        one("Held", count(RowState::Held));
        for (name, state) in
            [("Own photo kept", RowState::Kept), ("Out of scope", RowState::OutOfScope), ("File is gone", RowState::NoFile)]
        {
            if count(state) > 0 {
                one(name, count(state));
            }
        }
        if self.asked_missing {
            one("Without a photo", count(RowState::Missing));
        }
        if self.unmatched > 0 {
            one("Files for nobody", usize::try_from(self.unmatched).unwrap_or(usize::MAX));
        }
        page.push_str("</dl>");
    }

    fn data(&self, page: &mut String) {
        let rows: Vec<serde_json::Value> = self
            .rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                // A file that is named after its person is found by that name.
                let path = row.path.as_deref().filter(|path| !path.contains(&row.name)).unwrap_or_default();
                serde_json::json!([row.name, path, row.state.words(), self.link(at)])
            })
            .collect();
        let text = serde_json::to_string(&rows).unwrap_or_else(|_| "[]".to_owned()).replace('<', "\\u003c");
        _ = write!(page, "<script type=\"application/json\" id=\"all\">{text}</script>");
    }

    fn held(&self, page: &mut String) {
        let held: Vec<(usize, &PersonRow)> =
            self.rows.iter().enumerate().filter(|(_, row)| row.state == RowState::Held).collect();
        page.push_str("<h2 id=\"held\">Held</h2>");
        if held.is_empty() {
            page.push_str("<p>Nothing is held.</p>");
            return;
        }
        page.push_str(
            "<div class=\"wide\" role=\"region\" aria-labelledby=\"held\" tabindex=\"0\"><table><caption>Photos that wait for somebody to act</caption><thead><tr><th scope=\"col\">Who</th>\
             <th scope=\"col\">File</th><th scope=\"col\">Since</th><th scope=\"col\">Why</th><th scope=\"col\">What to do</th></tr></thead><tbody>",
        );
        for (at, row) in held.iter().take(LISTED) {
            let (code, words, cure) = row.why.as_ref().map_or(("", "", ""), |(code, words, cure)| (code, words, cure));
            _ = write!(
                page,
                "<tr><th scope=\"row\"><a href=\"{}\">{}</a></th><td>{}</td><td class=\"time\">{}</td><td>{} <span class=\"faint\">({})</span></td><td>{}</td></tr>",
                self.link(*at),
                Jointed(&row.name),
                Jointed(row.path.as_deref().unwrap_or_default()),
                Text(row.since.as_ref().map_or("", |(_, words)| words)),
                Text(words),
                Text(code),
                Text(cure)
            );
        }
        page.push_str("</tbody></table></div>");
        more(page, held.len());
    }

    fn names(&self, page: &mut String, heading: &str, takes: impl Fn(&PersonRow) -> bool) {
        let found: Vec<(usize, &PersonRow)> = self.rows.iter().enumerate().filter(|(_, row)| takes(row)).collect();
        _ = write!(page, "<h2>{heading}</h2>");
        if found.is_empty() {
            page.push_str("<p>Nobody.</p>");
            return;
        }
        page.push_str("<ul class=\"names\">");
        for (at, row) in found.iter().take(LISTED) {
            _ = write!(page, "<li><a href=\"{}\">{}</a></li>", self.link(*at), Text(&row.name));
        }
        page.push_str("</ul>");
        more(page, found.len());
    }

    fn cards(page: &mut String, from: usize, rows: &[PersonRow], thumbnails: &[Option<Bytes>]) {
        page.push_str("<ul class=\"sheet\">");
        for (at, row) in rows.iter().enumerate() {
            _ = write!(page, "<li id=\"p{}\">", from + at);
            match thumbnails.get(at).and_then(Option::as_ref) {
                // The name stands right below; read twice it would only be in the way.
                Some(jpeg) => _ = write!(page, "<img alt=\"\" width=\"120\" height=\"120\" src=\"{}\">", image(jpeg)),
                None if row.delivered.is_some() => page.push_str("<div class=\"none\">picture no longer in the directory</div>"),
                None => page.push_str("<div class=\"none\">none delivered</div>"),
            }
            _ = write!(
                page,
                "<div class=\"name\">{}</div><div class=\"{}\">{}</div>",
                Jointed(&row.name),
                row.state.class(),
                row.state.words()
            );
            if let Some((_, delivered)) = &row.delivered {
                _ = write!(page, "<div class=\"faint\">accepted {}</div>", Text(delivered));
            }
            if let Some((_, words, _)) = &row.why {
                _ = write!(page, "<div>{}</div>", Text(words));
            }
            if let Some(path) = &row.path {
                _ = write!(page, "<div class=\"faint\">{}</div>", Jointed(path));
            }
            page.push_str("</li>");
        }
        page.push_str("</ul>");
    }
}

fn search(page: &mut String, label: &str) {
    _ = write!(
        page,
        "<div id=\"find\" role=\"search\" hidden><label for=\"q\">{label}</label>\
         <input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"><p id=\"told\" role=\"status\"></p></div>\
         <noscript><p>Search needs JavaScript; names stand in alphabetical order, kind by kind.</p></noscript>"
    );
}

fn more(page: &mut String, count: usize) {
    if count > LISTED {
        _ = write!(page, "<p>And {} more: search for them above, or look into people.csv (report --csv).</p>", count - LISTED);
    }
}

#[cfg(test)]
#[path = "hr_report_tests.rs"]
mod tests;
