//! Text of others on a line of ours: a name of a file, a code of a server. What a terminal would obey, and what would
//! begin a line that nobody wrote, is shown as a sign in its place.

use std::borrow::Cow;
use std::fmt::Write;

/// What stands in the place of what is not shown.
const SIGN: char = '\u{fffd}';
/// A text is shown so far, in characters; no name is longer than a path may be.
const LONGEST: usize = 4_096;

/// Whether a letter is an order to a terminal, or turns the direction of what follows: control characters of both sets, line
/// and paragraph separators, and the marks, overrides and isolates of bidirectional text.
pub(crate) fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || matches!(letter, '\u{e0000}'..='\u{e007f}')
}

/// Text of others, fit for one line of ours.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    // Letters are counted only where there may be too many.
    if !text.chars().any(is_obeyed) && (text.len() <= LONGEST || text.chars().count() <= LONGEST) {
        return Cow::Borrowed(text);
    }
    let mut shown: String = text.chars().take(LONGEST).map(|letter| if is_obeyed(letter) { SIGN } else { letter }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    Cow::Owned(shown)
}

/// A JSON document in which nothing is left that a terminal obeys; the same document to a program.
pub(crate) fn plain_json(document: String) -> String {
    // Of ASCII, only DEL is let through by those who write JSON; line ends between its parts are theirs.
    let obeyed = |letter: char| letter != '\n' && is_obeyed(letter);
    if !document.chars().any(obeyed) {
        return document;
    }
    let mut escaped = String::with_capacity(document.len() + 16);
    for letter in document.chars() {
        if obeyed(letter) {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_terminal_obeys() {
        for (text, shown) in [
            ("anna@contoso.com.jpg", "anna@contoso.com.jpg"),
            ("Zoë 写真 עברית", "Zoë 写真 עברית"),
            ("a\u{1b}[2Jb\u{7}", "a\u{fffd}[2Jb\u{fffd}"),
            ("a\nWARN forged\r", "a\u{fffd}WARN forged\u{fffd}"),
            ("a\u{9b}31mb\u{85}\u{7f}", "a\u{fffd}31mb\u{fffd}\u{fffd}"),
            ("gpj.\u{202e}exe\u{2066}\u{200f}\u{2028}", "gpj.\u{fffd}exe\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(plain(text), shown, "{text:?}");
        }
        let odd = "a\u{7f}\u{9b}\u{202e}\u{e0041}\u{1b}\n写";
        let document = plain_json(serde_json::to_string_pretty(&serde_json::json!({ "name": odd })).unwrap());
        assert!(!document.chars().any(|letter| letter != '\n' && is_obeyed(letter)), "{document}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&document).unwrap()["name"], odd);
        assert_eq!(plain(&"名".repeat(5_000)).chars().count(), LONGEST + 1);
        assert_eq!(plain(&"名".repeat(LONGEST)).chars().count(), LONGEST);
    }
}
