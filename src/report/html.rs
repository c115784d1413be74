//! Text into HTML.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

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
}
