//! Text into HTML.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;

use crate::model::Timestamp;

/// Text that shows as it is, whatever it holds.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            // Control and direction characters would let a file name rearrange the page.
            '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => f.write_str("\u{fffd}"),
            plain => write!(f, "{plain}"),
        })
    }
}

/// Text that may be broken where addresses and paths have their joints.
pub(super) struct Jointed<'a>(pub(super) &'a str);

impl fmt::Display for Jointed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split_inclusive(['@', '/', '.', '_']).try_for_each(|part| write!(f, "{}<wbr>", Text(part)))
    }
}

/// The same, with what stands between backticks as code.
pub(super) struct Words<'a>(pub(super) &'a str);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pieces = self.0.split('`');
        write!(f, "{}", Text(pieces.next().unwrap_or_default()))?;
        while let Some(inside) = pieces.next() {
            match pieces.next() {
                Some(after) => write!(f, "<code>{}</code>{}", Text(inside), Text(after))?,
                // One without its other half is a character like any.
                None => write!(f, "`{}", Text(inside))?,
            }
        }
        Ok(())
    }
}

/// Hours and minutes.
pub(super) fn clock_time(at: Timestamp, zone: &TimeZone) -> String {
    written(at, zone, "%H:%M")
}

/// A time for people and for machines; the day is left out where it is that of `now`.
pub(super) fn time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let day = "%Y-%m-%d";
    let words = if written(at, zone, day) == written(now, zone, day) { "%H:%M:%S" } else { "%-d %b %Y, %H:%M" };
    format!("<time datetime=\"{at}\">{}</time>", written(at, zone, words))
}

fn written(at: Timestamp, zone: &TimeZone, format: &str) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(stamp) => stamp.to_zoned_datetime(zone.clone()).strftime(format).to_string(),
        Err(_) => at.to_string(),
    }
}

/// What a Content-Security-Policy calls a style or script that stands in the page.
pub(super) fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes())))
}

/// A JPEG inside the page.
pub(super) fn image(jpeg: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_only_text() {
        assert_eq!(Text("<b onload='x'>&\u{202e}\"").to_string(), "&lt;b onload=&#39;x&#39;&gt;&amp;\u{fffd}&quot;");
    }

    #[test]
    fn what_stands_between_backticks_is_code_and_still_only_text() {
        assert_eq!(Words("run `a <b>` or `c`.").to_string(), "run <code>a &lt;b&gt;</code> or <code>c</code>.");
        assert_eq!(Words("one ` alone <").to_string(), "one ` alone &lt;");
    }

    #[test]
    fn a_hash_is_what_browsers_compute() {
        assert_eq!(hash(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
    }
}
