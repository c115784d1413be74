//! Rows for spreadsheets: RFC 4180, and no field is a formula.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};

use crate::model::{TargetKind, Timestamp, plain};
use crate::status::PhotoRow;

const HEADER: [&str; 11] =
    ["kind", "name", "object_id", "file", "state", "since", "delivered_at", "changed", "reason", "detail", "cure"];

/// A field that a spreadsheet would take for a formula begins with an apostrophe.
fn guarded(text: &str) -> Cow<'_, str> {
    let text = plain(text);
    // What is not seen may stand before it: white space, or the sign in the place of what is not shown.
    let seen = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{fffd}' || letter == '\u{200b}');
    let formula = seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula { Cow::Owned(format!("'{text}")) } else { text }
}

/// Lines of a table, the header first, ended as RFC 4180 has it.
pub(crate) fn table<F: AsRef<str>>(lines: impl IntoIterator<Item = impl IntoIterator<Item = F>>) -> String {
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for line in lines {
        // Writing to memory does not fail.
        let fields: Vec<F> = line.into_iter().collect();
        _ = table.write_record(fields.iter().map(|field| guarded(field.as_ref()).into_owned()));
    }
    table.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Everybody, with a header.
pub(crate) fn csv(rows: &[PhotoRow]) -> String {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let lines = rows.iter().map(|row| {
        let (reason, detail, cure) = row.why();
        [
            row.kind.map_or("", TargetKind::as_str),
            &row.name,
            row.object_id.as_deref().unwrap_or_default(),
            row.path(),
            row.state.words(),
            &time(row.since),
            &time(row.delivered),
            if row.changed { "yes" } else { "no" },
            reason,
            detail,
            cure,
        ]
        .map(str::to_owned)
    });
    table(std::iter::once(HEADER.map(str::to_owned)).chain(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("", ""),
        ] {
            assert_eq!(table([["x", text]]), format!("x,{field}\r\n"), "{text:?}");
        }
        assert_eq!(table([["a", "b,c"], ["d", ""]]), "a,\"b,c\"\r\nd,\r\n");
    }
}
