//! The words of a name: runs of letters and runs of digits.

use std::ops::Range;

/// Words of a name that are looked at.
const MOST: usize = 8;

/// Where the words of a text stand.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let class = if letter.is_numeric() {
            Some(true)
        } else if letter.is_alphabetic() {
            Some(false)
        } else {
            None
        };
        let end = at + letter.len_utf8();
        match (class, words.last_mut()) {
            (None, _) => {}
            (Some(_), Some(word)) if class == before => word.end = end,
            (Some(_), _) => words.push(at..end),
        }
        before = class;
    }
    words.truncate(MOST);
    words
}

/// Whether a text is a number.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_where_people_would() {
        for (text, wanted) in [
            ("123_Smith_John_2023", &["123", "Smith", "John", "2023"][..]),
            ("Müller, Jürgen (neu)", &["Müller", "Jürgen", "neu"]),
            ("P004203", &["P", "004203"]),
            ("anna.o'neil@contoso.com", &["anna", "o", "neil", "contoso", "com"]),
            ("__", &[]),
        ] {
            let found: Vec<&str> = words(text).into_iter().map(|word| &text[word]).collect();
            assert_eq!(found, wanted, "{text}");
        }
    }
}
