//! Letters to plain ASCII: `é` → `e`, `ø` → `o`, `ß` → `ss`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters that Unicode doesn't take apart, as airlines and passports write them.
const WHOLE: &[(char, &str)] = &[
    ('ß', "ss"),
    ('ẞ', "SS"),
    ('æ', "ae"),
    ('Æ', "AE"),
    ('œ', "oe"),
    ('Œ', "OE"),
    ('ø', "o"),
    ('Ø', "O"),
    ('ł', "l"),
    ('Ł', "L"),
    ('đ', "d"),
    ('Đ', "D"),
    ('ð', "d"),
    ('Ð', "D"),
    ('þ', "th"),
    ('Þ', "TH"),
    ('ħ', "h"),
    ('Ħ', "H"),
    ('ŧ', "t"),
    ('Ŧ', "T"),
    ('ŋ', "n"),
    ('Ŋ', "N"),
    ('ı', "i"),
    ('’', "'"),
    ('‘', "'"),
    ('‐', "-"),
    ('‑', "-"),
    ('–', "-"),
];

/// The text in ASCII: marks fall off their letters (å → a, ü → u), the letters of the table are written out.
/// A letter of another script has no plain form: dropping it would make another person's name, so it is the error.
pub(crate) fn ascii(text: &str) -> Result<String, char> {
    let mut out = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        match WHOLE.iter().find(|(whole, _)| *whole == letter) {
            Some((_, plain)) => out.push_str(plain),
            None if letter.is_ascii() => out.push(letter),
            None => return Err(letter),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_fall_off_and_whole_letters_are_written_out() {
        for (text, wanted) in [
            ("José Müller-Ångström", "Jose Muller-Angstrom"),
            ("Jose\u{301}", "Jose"),
            ("Bjørn Æsir Œuvre Straße", "Bjorn AEsir OEuvre Strasse"),
            ("Łukasz Đorđe Þór Guðrún Işık", "Lukasz Dorde THor Gudrun Isik"),
            ("O’Neil ﬁ", "O'Neil fi"),
            ("Nguyễn", "Nguyen"),
        ] {
            assert_eq!(ascii(text).as_deref(), Ok(wanted), "{text}");
        }
        assert_eq!(ascii("Жанна"), Err('Ж'));
    }
}
