//! The words of a name: runs of letters and runs of digits.

use std::ops::Range;

/// Words of a name that are looked at.
const MOST: usize = 8;

/// Where the words of a text stand. Of a text with more, such as an object id, letters and digits are not told apart.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let words = split(text, true);
    if words.len() <= MOST {
        return words;
    }
    let mut words = split(text, false);
    words.truncate(MOST);
    words
}

fn split(text: &str, by_class: bool) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let class = (letter.is_numeric() || letter.is_alphabetic()).then(|| by_class && letter.is_numeric());
        let end = at + letter.len_utf8();
        match (class, words.last_mut()) {
            (None, _) => {}
            (Some(_), Some(word)) if class == before => word.end = end,
            (Some(_), _) => words.push(at..end),
        }
        before = class;
    }
    words
}

/// Whether a text is a number.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An object id, or another long run of hexadecimal signs with letters among them.
pub(super) fn is_hash(text: &str) -> bool {
    let is_long = |run: &str| {
        run.chars().filter(char::is_ascii_hexdigit).count() >= 16 && run.contains(|letter: char| letter.is_ascii_alphabetic())
    };
    text.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-').any(is_long)
}

/// `4711`, `P-1001`, `DE/0042`: with a digit, and no longer than the directory takes.
pub(super) fn is_staff_number(cell: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/');
    cell.len() <= 16 && cell.chars().all(is_part) && cell.contains(|letter: char| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_told_from_names_with_numbers() {
        for hash in ["6e7b768e-07e2-4810-8459-485f84f8f204", "x 0cc175b9c0f1b6a831c399e269772661"] {
            assert!(is_hash(hash), "{hash}");
        }
        for name in ["P004203", "123_Smith_John_2023", "20230114-104213-0042", "abcd-1001", "Anna Berg (1010)"] {
            assert!(!is_hash(name), "{name}");
        }
    }

    #[test]
    fn a_name_is_taken_apart_where_people_would() {
        for (text, wanted) in [
            ("123_Smith_John_2023", &["123", "Smith", "John", "2023"][..]),
            ("Müller, Jürgen (neu)", &["Müller", "Jürgen", "neu"]),
            ("P004203", &["P", "004203"]),
            ("anna.o'neil@contoso.com", &["anna", "o", "neil", "contoso", "com"]),
            ("__", &[]),
            ("6e7b768e-07e2-4810-8459-485f84f8f204", &["6e7b768e", "07e2", "4810", "8459", "485f84f8f204"]),
        ] {
            let found: Vec<&str> = words(text).into_iter().map(|word| &text[word]).collect();
            assert_eq!(found, wanted, "{text}");
        }
    }
}
