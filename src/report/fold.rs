//! Names without case, accents and ligatures, for their order and their letter. `search.js` folds alike.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `Müller`, `MULLER` and `Muller` are one name; `ß` is `ss`.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.nfkd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase) {
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            other if is_combining_mark(other) => {}
            other => folded.push(other),
        }
    }
    folded
}

/// The letter that a name stands under: of any script; none for names that begin with something else.
pub(super) fn letter(name: &str) -> Option<char> {
    let first = folded(name).chars().find(|character| character.is_alphanumeric())?;
    if first.is_ascii_digit() { Some('0') } else { first.to_uppercase().next().filter(|letter| letter.is_alphabetic()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_written() {
        for (name, wanted) in [
            ("Müller", "muller"),
            ("MU\u{308}LLER", "muller"),
            ("Großmann", "grossmann"),
            ("GROẞMANN", "grossmann"),
            ("Søren Ægir Łukasz Đorđe Þór", "soren aegir lukasz dorde thor"),
            ("İnan Işık", "inan isik"),
            ("Ａnna ﬁn", "anna fin"),
            ("Ёлкин", "елкин"),
            ("", ""),
        ] {
            assert_eq!(folded(name), wanted, "{name}");
        }
    }

    #[test]
    fn a_name_stands_under_its_letter() {
        for (name, wanted) in [
            ("Émile", Some('E')),
            ("ßtrange", Some('S')),
            (" 'anna", Some('A')),
            ("4203", Some('0')),
            ("Ёлкин", Some('Е')),
            ("李", Some('李')),
            ("--", None),
            ("", None),
        ] {
            assert_eq!(letter(name), wanted, "{name}");
        }
    }
}
