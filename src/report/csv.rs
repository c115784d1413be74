//! Rows for spreadsheets: RFC 4180, and no field is a formula.

use super::PersonRow;

const HEADER: [&str; 11] =
    ["kind", "name", "object_id", "file", "state", "since", "delivered_at", "changed", "reason", "detail", "cure"];

/// One field. One that a spreadsheet would take for a formula begins with an apostrophe.
fn field(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r', ';']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Fields as one line, ended as RFC 4180 has it.
pub(crate) fn line<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = fields.into_iter().map(field).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// Everybody, with a header.
pub(crate) fn csv(rows: &[PersonRow]) -> String {
    let mut text = line(HEADER);
    for row in rows {
        let (reason, detail, cure) = row.why.as_ref().map_or(("", "", ""), |(code, words, cure)| (code, words, cure));
        let time = |pair: &Option<(String, String)>| pair.as_ref().map(|(time, _)| time.clone()).unwrap_or_default();
        text.push_str(&line([
            row.kind,
            &row.name,
            row.object_id.as_deref().unwrap_or_default(),
            row.path.as_deref().unwrap_or_default(),
            row.state.words(),
            &time(&row.since),
            &time(&row.delivered),
            if row.changed { "yes" } else { "no" },
            reason,
            detail,
            cure,
        ]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_never_formulas() {
        for (text, field_) in [
            ("anna", "anna"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+49 30", "'+49 30"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("", ""),
        ] {
            assert_eq!(field(text), field_, "{text:?}");
        }
        assert_eq!(line(["a", "b,c"]), "a,\"b,c\"\r\n");
    }
}
