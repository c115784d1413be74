//! What the templates of pages are given beside plain values: how these are escaped, and small pieces of markup.
//!
//! A template escapes whatever it is given. What is not to be escaped says so by its type ([`Safe`]), which is made in
//! this file only: of texts that are part of the program, and of pieces that escaped their own values.

use std::fmt::{self, Write};

use askama::Template;
use askama::filters::{Escaper, Safe};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;

use crate::model::{Timestamp, is_obeyed};

/// Writes text so that it shows as it is, in text and in quoted attributes, whatever it holds. Named in `askama.toml`.
#[derive(Clone, Copy)]
pub(super) struct TextEscaper;

impl Escaper for TextEscaper {
    fn write_escaped_str<W: Write>(&self, mut page: W, text: &str) -> fmt::Result {
        let mut written = 0;
        for (at, character) in text.char_indices() {
            let instead = match character {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                // A file name must not rearrange the page.
                other if is_obeyed(other) => "\u{fffd}",
                _ => continue,
            };
            page.write_str(&text[written..at])?;
            page.write_str(instead)?;
            written = at + character.len_utf8();
        }
        page.write_str(&text[written..])
    }
}

/// A time for people and for machines.
#[derive(Template)]
#[template(source = "<time datetime=\"{{ at }}\">{{ words }}</time>", ext = "html")]
pub(super) struct Time {
    at: Timestamp,
    words: String,
}

/// A time; the day is left out where it is that of `now`.
pub(super) fn time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Safe<Time> {
    let day = "%Y-%m-%d";
    let format = if written(at, zone, day) == written(now, zone, day) { "%H:%M:%S" } else { "%-d %b %Y, %H:%M" };
    Safe(Time { at, words: written(at, zone, format) })
}

/// Hours and minutes.
pub(super) fn clock_time(at: Timestamp, zone: &TimeZone) -> String {
    written(at, zone, "%H:%M")
}

fn written(at: Timestamp, zone: &TimeZone, format: &str) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(stamp) => stamp.to_zoned_datetime(zone.clone()).strftime(format).to_string(),
        Err(_) => at.to_string(),
    }
}

/// A style or script of the program, as it stands: a policy names its hash.
pub(super) const fn own(text: &'static str) -> Safe<&'static str> {
    Safe(text)
}

/// A part of a page that escaped its own values.
pub(super) const fn part<T: Template>(template: T) -> Safe<T> {
    Safe(template)
}

/// Rows of texts between `<script type="application/json">` and its end, where no character reference is read: what could
/// end the element or begin another is written as JSON escapes it. A script shows the texts as text.
pub(super) fn inline_json<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> Safe<String> {
    let shown = |text: String| text.chars().map(|c| if is_obeyed(c) { '\u{fffd}' } else { c }).collect::<String>();
    let rows: Vec<Vec<String>> = rows.map(|row| row.into_iter().map(shown).collect()).collect();
    let json = serde_json::to_string(&rows).unwrap_or_else(|_| "[]".to_owned());
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => _ = write!(text, "\\u{:04x}", u32::from(character)),
            other => text.push(other),
        }
    }
    Safe(text)
}

/// What a Content-Security-Policy calls a style or script that stands in the page.
pub(super) fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut page = String::new();
        TextEscaper.write_escaped_str(&mut page, text).unwrap();
        page
    }

    #[test]
    fn file_names_are_only_text() {
        assert_eq!(escaped("<b onload='x'>&\u{202e}\""), "&lt;b onload=&#39;x&#39;&gt;&amp;\u{fffd}&quot;");
        assert_eq!(escaped("a\nb\u{85}c\u{200f}写"), "a\u{fffd}b\u{fffd}c\u{fffd}写");
        assert_eq!(escaped(""), "");
    }

    #[test]
    fn data_in_a_script_ends_no_script_and_reads_as_it_was() {
        let data = ["</script><!--<script>", "\"\\' &amp; \u{2028}", "写"].map(str::to_owned);
        let json = inline_json([data.clone()].into_iter()).0;
        assert!(!json.contains(['<', '>', '&', '\u{2028}']), "{json}");
        let shown = data.map(|text| text.replace('\u{2028}', "\u{fffd}"));
        assert_eq!(serde_json::from_str::<Vec<[String; 3]>>(&json).unwrap(), [shown]);
        assert_eq!(inline_json([["a\u{202e}\nb".to_owned()]].into_iter()).0, "[[\"a\u{fffd}\u{fffd}b\"]]");
    }

    #[test]
    fn a_hash_is_what_browsers_compute() {
        assert_eq!(hash(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
    }
}
