//! Names that stand in a cell among other things: word by word, whatever stands around the name and between its words.
//!
//! `siehe 1081.jpg`, `„1081.jpg“` and `[1081.jpg](https://…)` name 1081.jpg. `IMG_1081.jpg` does not, and
//! `anna.berg@contoso.com` does not name berg@contoso.com: one sign such as these joins words to one name.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use super::name::{folded, readings, stem, without_endings};
use crate::mapping::{ending, spoilt};

/// A cell in which names are looked for.
pub(super) struct Place {
    /// Its text, folded.
    pub(super) text: String,
    /// A name counts without an ending, too.
    pub(super) bare: bool,
}

/// The names that begin with the same words.
#[derive(Default)]
struct Begun {
    /// Those that end there.
    names: Vec<usize>,
    /// The first cell they stand in.
    first: Option<usize>,
}

/// For each of these names (folded, without folders), the first cell it stands in.
pub(super) fn spelled(names: &[&str], cells: impl Iterator<Item = Place>) -> HashMap<usize, usize> {
    let mut begun: HashMap<String, Begun> = HashMap::new();
    for (at, name) in names.iter().enumerate() {
        for words in forms(without_endings(name)).map(|form| split(&form)) {
            let mut key = String::new();
            for word in &words {
                extend(&mut key, word);
                begun.entry(key.clone()).or_default();
            }
            begun.entry(key).or_default().names.push(at);
        }
    }
    begun.remove("");
    for (at, cell) in cells.enumerate().filter(|_| !names.is_empty()) {
        let decoded = cell.text.contains('%').then(|| folded(&percent_decode_str(&cell.text).decode_utf8_lossy()));
        let texts = [Some(cell.text.clone()), numbered(&cell.text), decoded].into_iter().flatten();
        for form in texts.flat_map(|text| forms(&text).collect::<Vec<_>>()) {
            let words = split(&form);
            (0..words.len()).for_each(|from| walk(&mut begun, &words[from..], cell.bare, at));
        }
    }
    let stand = begun.into_values().filter_map(|begun| Some((begun.names, begun.first?)));
    let mut found = HashMap::new();
    for (name, cell) in stand.flat_map(|(names, cell)| names.into_iter().map(move |name| (name, cell))) {
        found.entry(name).and_modify(|first: &mut usize| *first = cell.min(*first)).or_insert(cell);
    }
    found
}

/// Marks the names that begin with the first of these words.
fn walk(begun: &mut HashMap<String, Begun>, words: &[Word], bare: bool, cell: usize) {
    if words[0].joins() {
        return;
    }
    let mut key = String::new();
    for (at, word) in words.iter().enumerate() {
        extend(&mut key, word);
        let Some(known) = begun.get_mut(&key) else { return };
        let ends = match words.get(at + 1) {
            None => bare,
            Some(next) if next.is_ending() => true,
            // What stands before a slash is a folder.
            Some(next) => bare && !next.joins() && !next.before.starts_with('/'),
        };
        if ends {
            known.first.get_or_insert(cell);
        }
    }
}

/// A word, and what stands between it and the one before.
struct Word {
    before: String,
    text: String,
}

impl Word {
    /// Whether it is one name with the word before.
    fn joins(&self) -> bool {
        let mut signs = self.before.chars();
        matches!((signs.next(), signs.next()), (Some('.' | '-' | '_' | '@' | '\'' | '\u{2010}'..='\u{2019}'), None))
            || self.before == GLUED
    }

    fn is_ending(&self) -> bool {
        (self.before == GLUED || self.before.chars().count() == 1) && ending::is_picture(&self.text)
    }
}

/// Nothing stands between a name and its ending, where a dot is lost.
const GLUED: &str = "\0";
/// Endings that are looked for without their dot.
const LOST: [&str; 4] = ["jpg", "jpeg", "png", "heic"];

/// The words of a text; zeros before a number are left out. What stands before the first joins nothing.
fn split(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find(char::is_alphanumeric) {
        let end = rest[begin..].find(|letter: char| !letter.is_alphanumeric()).map_or(rest.len(), |length| begin + length);
        let before = if words.is_empty() { String::new() } else { rest[..begin].to_owned() };
        let word = &rest[begin..end];
        let (word, ending) = LOST
            .iter()
            .find_map(|ending| Some((word.strip_suffix(ending).filter(|word| !word.is_empty())?, Some(*ending))))
            .unwrap_or((word, None));
        words.push(Word { before, text: number(word).to_owned() });
        words.extend(ending.map(|ending| Word { before: GLUED.to_owned(), text: ending.to_owned() }));
        rest = &rest[end..];
    }
    words
}

fn number(word: &str) -> &str {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Some(word.trim_start_matches('0')).filter(|rest| !rest.is_empty()).unwrap_or("0") } else { word }
}

fn extend(key: &mut String, word: &Word) {
    key.push(' ');
    key.push_str(&word.text);
}

/// How a text may have been saved: as it is, and what is left of it after a wrong encoding.
fn forms(text: &str) -> impl Iterator<Item = String> {
    let own = (!text.is_ascii()).then(|| text.to_owned());
    own.into_iter().chain(readings(text))
}

/// A text with the numbers in it as they were before a spreadsheet spoilt them, if there are any.
fn numbered(text: &str) -> Option<String> {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | ',' | '+' | '\'' | '\u{2019}');
    let pieces = text.split_inclusive(|letter: char| !is_part(letter)).map(|piece| {
        let bare = stem(piece.trim_end_matches(|letter: char| !is_part(letter)));
        let whole =
            spoilt(bare, &[]).filter(|spoilt| spoilt.how.is_some()).and_then(|spoilt| spoilt.candidates.into_iter().next());
        let decimals = || {
            let cut = bare.trim_end_matches('0').strip_suffix(['.', ','])?;
            (bare.len() - cut.len() > 1 && bare.len() - cut.len() < 4 && !cut.is_empty()).then(|| cut.to_owned())
        };
        (bare.len(), whole.or_else(decimals), piece)
    });
    let mut changed = false;
    let mended = pieces.map(|(length, number, piece)| match number {
        Some(number) => {
            changed = true;
            number + &piece[length..]
        }
        None => piece.to_owned(),
    });
    let mended = mended.collect();
    changed.then_some(mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(name: &str, cell: &str, bare: bool) -> bool {
        !spelled(&[&folded(name)], std::iter::once(Place { text: folded(cell), bare })).is_empty()
    }

    #[test]
    fn a_name_stands_in_a_cell_whatever_stands_around_it() {
        for name in ["1081.jpg", "1081_Gross-Meyer.jpg", "Berg, Anna.jpg", "bert@contoso.com.jpg", "Müller 1.JPG", "山田.png"]
        {
            let bare = without_endings(name);
            for [before, behind] in [
                ["„", "“"],
                ["«", "»"],
                ["(", ")"],
                ["<img src=\"", "\">"],
                ["siehe ", ""],
                ["Foto: ", ""],
                ["neu.jpg | HR/", ""],
                ["alt.jpg->", ""],
                ["", "."],
                ["", "*"],
                ["", " (123 KB)"],
                ["", ".txt"],
                ["", " und neu.jpg"],
                ["[", "](https://hr.contoso.com/a.jpg)"],
                ["\u{e2}\u{20ac}\u{17e}", "\u{e2}\u{20ac}\u{153}"],
            ] {
                // Signs saved in a wrong encoding are letters, which only Latin ones are told from.
                let is_found = stands(name, &format!("{before}{name}{behind}"), false);
                assert!(is_found || name == "山田.png" && before.starts_with('â'), "{name} in {before}…{behind}");
            }
            for cell in [format!("{bare} (neu).jpg"), format!("{bare},jpg"), format!("{bare} fehlt")] {
                assert!(stands(name, &cell, true) && !stands(name, &cell, false) || cell.ends_with(",jpg"), "{cell}");
            }
        }
        for (name, cell) in [
            ("1081_Gross.jpg", "001081_Gross.jpg"),
            ("1081_Gross.jpg", "1.081E+03_Gross.jpg"),
            ("1081_Gross.jpg", "1081_Gross.0"),
            ("1081.jpg", "1081jpg"),
            ("Berg, Anna.jpg", "[x](https://hr/Berg%2C%20Anna.jpg)"),
            ("Müller.jpg", "siehe MÃ¼ller.jpg"),
            ("Müller.jpg", "siehe Mu\u{308}ller.jpg"),
        ] {
            assert!(stands(name, cell, true), "{name} in {cell}");
        }
    }

    #[test]
    fn a_part_of_a_name_is_another_name() {
        for (name, cell) in [
            ("1081.jpg", "10810.jpg"),
            ("1081.jpg", "IMG_1081.jpg"),
            ("1081.jpg", "2024-1081.jpg"),
            ("1081.jpg", "1081_2.jpg"),
            ("1081.jpg", "1081/photo.jpg"),
            ("berg@contoso.com.jpg", "anna.berg@contoso.com.jpg"),
            ("anna.jpg", "anna.berg@contoso.com.jpg"),
            ("Anna Berg.jpg", "Anna Bergmann.jpg"),
            ("-.jpg", "_.jpg"),
        ] {
            assert!(!stands(name, cell, true), "{name} in {cell}");
        }
    }
}
