//! Rows for spreadsheets: RFC 4180, and no field is a formula.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};

use super::hr_report::Report;
use super::texts::Texts;
use crate::model::{Actor, Problem, TargetKind, Timestamp, plain};
use crate::status::{HeldItem, PhotoRow, PhotoState};

const HEADER: [&str; 15] = [
    "kind",
    "name",
    "object_id",
    "file",
    "state",
    "since",
    "delivered_at",
    "changed",
    "reason",
    "detail",
    "cure",
    "display_name",
    "department",
    "other_files",
    "in_microsoft_365",
];
/// By it, spreadsheets know that the text is UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Whether a spreadsheet would take a field for a formula.
pub(crate) fn is_formula(text: &str) -> bool {
    // What is not seen may stand before it: white space, or the sign in the place of what is not shown.
    let seen = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{fffd}' || letter == '\u{200b}');
    seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// A field that a spreadsheet would take for a formula begins with an apostrophe.
fn guarded(text: &str) -> Cow<'_, str> {
    let text = plain(text);
    if is_formula(&text) { Cow::Owned(format!("'{text}")) } else { text }
}

/// Lines of a table, the header first, ended as RFC 4180 has it.
pub(crate) fn table<F: AsRef<str>>(lines: impl IntoIterator<Item = impl IntoIterator<Item = F>>) -> String {
    separated(b',', lines)
}

/// The same as a file that spreadsheets open.
pub(crate) fn file<F: AsRef<str>>(lines: impl IntoIterator<Item = impl IntoIterator<Item = F>>) -> String {
    marked(b',', lines)
}

fn marked<F: AsRef<str>>(by: u8, lines: impl IntoIterator<Item = impl IntoIterator<Item = F>>) -> String {
    format!("{BYTE_ORDER_MARK}{}", separated(by, lines))
}

fn separated<F: AsRef<str>>(by: u8, lines: impl IntoIterator<Item = impl IntoIterator<Item = F>>) -> String {
    let mut table = WriterBuilder::new().delimiter(by).terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for line in lines {
        // Writing to memory does not fail.
        let fields: Vec<F> = line.into_iter().collect();
        _ = table.write_record(fields.iter().map(|field| guarded(field.as_ref()).into_owned()));
    }
    table.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Everybody, then the files that belong to nobody, with a header.
pub(crate) fn csv(report: &Report) -> String {
    let texts = &report.texts;
    let rows = report.photos.rows.iter().map(|row| of_row(texts, row));
    let items = |items, state| (<[HeldItem]>::iter(items)).map(move |item| of_item(texts, item, state));
    let unmatched = items(&report.photos.unmatched, PhotoState::Unmatched);
    let unread = items(&report.photos.unread, PhotoState::Unread);
    let lines = std::iter::once(HEADER.map(str::to_owned)).chain(rows).chain(unmatched).chain(unread);
    let by = texts.csv_separator.bytes().next().unwrap_or(b',');
    marked(by, lines)
}

fn of_row(texts: &Texts, row: &PhotoRow) -> [String; 15] {
    let [reason, detail, cure] = why(texts, row.why.as_ref());
    [
        row.kind.map_or("", TargetKind::as_str).to_owned(),
        row.name.clone(),
        row.object_id.clone().unwrap_or_default(),
        row.path().to_owned(),
        texts.state(row.state).to_owned(),
        time(row.since),
        time(row.delivered),
        if row.changed { "yes" } else { "no" }.to_owned(),
        reason,
        detail,
        cure,
        row.display_name.clone().unwrap_or_default(),
        row.department.clone().unwrap_or_default(),
        row.others.join("; "),
        in_tenant(row).to_owned(),
    ]
}

/// Whether Microsoft 365 has a photo: as it was asked, or as it accepted ours; empty where nobody asked.
fn in_tenant(row: &PhotoRow) -> &'static str {
    match row.in_tenant {
        Some(true) => "yes",
        Some(false) => "no",
        None if row.state == PhotoState::UpToDate => "yes",
        None => "",
    }
}

fn of_item(texts: &Texts, item: &HeldItem, state: PhotoState) -> [String; 15] {
    let [reason, detail, cure] = why(texts, Some(&item.problem()));
    let row = PhotoRow { kind: None, state, path: item.path.clone(), since: item.since, ..PhotoRow::missing(String::new()) };
    let mut line = of_row(texts, &row);
    [line[8], line[9], line[10]] = [reason, detail, cure];
    line
}

fn time(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// Code, what was found, and what to do: for HR in its words, for the administrator as exactly as is known.
fn why(texts: &Texts, problem: Option<&Problem>) -> [String; 3] {
    let Some(problem) = problem else { return Default::default() };
    let exact = problem.reason.actor() == Actor::Administrator && texts.language == "en";
    let cure = if exact { &problem.cure } else { texts.reason(problem.reason).1 };
    [problem.reason.to_string(), problem.detail.clone(), cure.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::super::texts::Language;
    use super::*;

    #[test]
    fn several_files_stand_in_one_field() {
        let others = vec!["b.jpg".to_owned(), "c.jpg".to_owned()];
        let texts = Texts::new(Language::English, std::collections::BTreeMap::new());
        let row = PhotoRow { others, ..PhotoRow::missing("anna".to_owned()) };
        assert_eq!(table([of_row(&texts, &row)]).split(',').nth(13), Some("b.jpg; c.jpg"));
    }

    #[test]
    fn fields_are_quoted_and_never_formulas() {
        for (text, field) in [
            ("anna", "anna"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "two\u{fffd}lines"),
            ("a\u{1b}[2J\u{202e}", "a\u{fffd}[2J\u{fffd}"),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+49 30", "'+49 30"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\u{fffd}=1"),
            ("\u{feff}=1", "'\u{fffd}=1"),
            ("\u{a0}+1", "'\u{a0}+1"),
            ("＝1", "'＝1"),
            ("\u{200b}\u{feff}=1", "'\u{200b}\u{fffd}=1"),
            ("\u{b}=1", "'\u{fffd}=1"),
            ("", ""),
        ] {
            assert_eq!(table([["x", text]]), format!("x,{field}\r\n"), "{text:?}");
        }
        assert_eq!(table([["a", "b,c"], ["d", ""]]), "a,\"b,c\"\r\nd,\r\n");
        assert_eq!(separated(b';', [["a;b", "c,d"]]), "\"a;b\";c,d\r\n");
    }
}
