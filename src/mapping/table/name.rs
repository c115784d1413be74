//! What the `file` cell of a row says: cleaned of what programs put around a path, and compared as people read it.

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use crate::mapping::ending;
use crate::mapping::fold::ascii;
use crate::mapping::spoilt;

/// Characters that nobody sees and that stand around what is copied from other windows.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A cell as a path with `/` between its parts, without drive and dots; empty if nothing is left. And whether it begins
/// somewhere else than in the source directory: then nobody knows how many of its folders lie above that.
pub(super) fn cleaned(cell: &str) -> (String, bool) {
    let mut text: String = cell.chars().filter(|letter| !is_unseen(*letter)).collect();
    if let Some(inner) = text.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        text = inner.to_owned();
    }
    let text = text.trim();
    // Behind other words, an address is only a part of what the cell says.
    let address = text.split_once("://").filter(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let addressed = address.map(|(_, rest)| percent_decode_str(rest).decode_utf8_lossy().into_owned());
    let text = addressed.as_deref().unwrap_or(text).replace('\\', "/");
    let bytes = text.as_bytes();
    // `C:/x` and `C:x`.
    let has_drive = bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    let text = if has_drive { &text[2..] } else { &text };
    let mut is_foreign = has_drive || addressed.is_some() || text.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/').map(str::trim) {
        match part {
            "" | "." => {}
            ".." => is_foreign |= parts.pop().is_none(),
            part => parts.push(part),
        }
    }
    (parts.join("/"), is_foreign)
}

/// A path or name without regard to case and composition.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfc().collect::<String>().to_lowercase().nfc().collect() }
}

/// A folded name without its picture ending.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending::is_picture(ending) => stem,
        _ => name,
    }
}

/// A text without the blanks and quotes around it, also where one of them is lost.
fn unquoted(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}'))
}

/// Whether a text ends as the name of a picture does.
pub(super) fn is_picture(text: &str) -> bool {
    let text = folded(unquoted(text));
    stem(&text).len() < text.len()
}

/// The last part of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What a folded stem has in common with the same name saved in a wrong encoding: each run of letters outside ASCII, or
/// of the `?` that stand for them, is one blank.
fn skeleton(stem: &str) -> String {
    let mut skeleton = String::with_capacity(stem.len());
    let mut in_run = false;
    for letter in stem.chars() {
        let is_lost = !letter.is_ascii() || letter == '?';
        match (is_lost, in_run) {
            (true, true) => {}
            (true, false) => skeleton.push('?'),
            (false, _) => skeleton.push(letter),
        }
        in_run = is_lost;
    }
    skeleton
}

/// The skeleton of a stem with the marks taken off its letters, where that is another one.
fn plain(stem: &str) -> Option<String> {
    if stem.is_ascii() {
        return None;
    }
    ascii(stem).ok().map(|plain| plain.to_lowercase())
}

/// What stands around a name in an address, and between several names in one cell. A name may hold each of them itself.
const BESIDE: [char; 10] = ['?', '#', '&', '=', ',', ';', '|', '+', '\t', '\n'];
/// A cell with more of them is taken apart at each of them alone.
const PARTS: usize = 16;

/// A folded name without its picture endings, which may be doubled.
pub(super) fn without_endings(name: &str) -> &str {
    let mut bare = name;
    while stem(bare).len() < bare.len() {
        bare = stem(bare).trim_end();
    }
    bare
}

/// What is left of a folded name when everything is taken off that changes on the way without anybody's notice: endings,
/// blanks, dashes, quotes and dots, and the zeros before a number.
fn gist(name: &str) -> String {
    let bare = without_endings(unquoted(name));
    let signs: String = bare.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '?').collect();
    let number = signs.trim_start_matches('0');
    match (signs.is_empty(), number.bytes().all(|byte| byte.is_ascii_digit())) {
        (true, _) => bare.to_owned(),
        (false, true) => number.to_owned(),
        (false, false) => signs,
    }
}

/// A folded name as it is, and with the marks taken off its letters; letters that are not ASCII may have been saved wrong,
/// also in their parts, as a Mac spells them.
pub(super) fn readings(name: &str) -> impl Iterator<Item = String> {
    let parted = (!name.is_ascii()).then(|| skeleton(&name.nfd().collect::<String>()));
    [Some(skeleton(name)), plain(name), parted].into_iter().flatten()
}

/// The gists of a folded name, in each of its readings.
pub(super) fn gists(name: &str) -> impl Iterator<Item = String> {
    readings(name).map(|name| gist(&name))
}

/// What stands between any two of the signs that may part names, or the cell's ends.
fn runs(cell: &str) -> Vec<&str> {
    let signs: Vec<usize> = cell.match_indices(BESIDE).map(|(at, _)| at).collect();
    let begins: Vec<usize> = std::iter::once(0).chain(signs.iter().map(|at| at + 1)).collect();
    let ends: Vec<usize> = signs.into_iter().chain([cell.len()]).collect();
    let longest = if ends.len() > PARTS { 1 } else { ends.len() };
    begins.iter().enumerate().flat_map(|(at, begin)| ends[at..].iter().take(longest).map(|end| &cell[*begin..*end])).collect()
}

/// Whether a cell may hold several names, or a name and something else.
pub(super) fn holds_several(cell: &str) -> bool {
    runs(cell).into_iter().any(|part| part.len() < cell.len() && is_picture(part))
}

/// The gists of all names that a folded cell may mean which is no file's.
pub(super) fn meant(cell: &str) -> Vec<String> {
    let name = last(cell);
    let number = spoilt(stem(name), &[]).filter(|spoilt| spoilt.how.is_some());
    let inner = runs(cell).into_iter().map(last).filter(|part| part.len() < name.len() && is_picture(part));
    let numbers = number.into_iter().flat_map(|spoilt| spoilt.candidates).map(|number| gist(&number));
    let mut all: Vec<String> = gists(name).chain(inner.flat_map(gists)).chain(numbers).collect();
    // What was lost may have been a dash or a quote.
    let lost: Vec<String> = all.iter().filter(|gist| gist.contains('?')).map(|gist| gist.replace('?', "")).collect();
    all.extend(lost.into_iter().filter(|gist| !gist.is_empty()));
    all.sort_unstable();
    all.dedup();
    all
}

/// What is left of a text when quotes, separators, spaces and letters outside ASCII are taken out: a name that was torn
/// by any of these is still found in it.
pub(super) fn squeezed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether a cell can't be a header: a picture, an address or a number.
pub(super) fn is_value(text: &str) -> bool {
    is_picture(text) || text.contains('@') || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drives_shares_and_dots_are_taken_off() {
        for (cell, wanted) in [
            ("users/x.jpg", "users/x.jpg"),
            (r"C:\photos\x.jpg", "photos/x.jpg"),
            ("P:x.jpg", "x.jpg"),
            (r"\\server\share\Fotos\x.jpg", "server/share/Fotos/x.jpg"),
            ("./x.jpg", "x.jpg"),
            (r"..\photos\.\x.jpg", "photos/x.jpg"),
            ("/srv/photos/x.jpg", "srv/photos/x.jpg"),
            ("file:///C:/photos/Anna%20Berg.jpg", "C:/photos/Anna Berg.jpg"),
            ("y.jpg (https://contoso.com/x%20.jpg)", "y.jpg (https:/contoso.com/x%20.jpg)"),
            ("\u{202a}C:\\x.jpg", "x.jpg"),
            ("\"C:\\x.jpg\"", "x.jpg"),
            (" x.jpg\u{a0}", "x.jpg"),
            ("./", ""),
        ] {
            let is_foreign =
                !matches!(cell.trim(), "users/x.jpg" | "./x.jpg" | "x.jpg" | "./" | "y.jpg (https://contoso.com/x%20.jpg)");
            assert_eq!(cleaned(cell), (wanted.to_owned(), is_foreign), "{cell}");
        }
    }

    #[test]
    fn names_saved_in_wrong_encodings_have_one_skeleton() {
        let of = |name: &str| skeleton(stem(&folded(name)));
        for spoilt in ["MÜLLER.JPG", "Mu\u{308}ller.png", "M?ller.jpg", "MÃ¼ller", "M\u{fffd}\u{fffd}ller.jpeg", "M\u{81}ller"]
        {
            assert_eq!(of(spoilt), "m?ller", "{spoilt}");
        }
        assert_eq!(plain("müller").as_deref(), Some("muller"));
        assert_eq!((stem("anna.berg"), stem("anna.berg.jpg"), stem(".jpg")), ("anna.berg", "anna.berg", ".jpg"));
        assert_eq!(squeezed("\"Berg, An\"na 1"), "berganna1");
    }

    #[test]
    fn a_cell_that_almost_spells_a_name_may_mean_it() {
        for (cell, name) in [
            ("Anna\u{a0}Berg.jpg", "Anna Berg.jpg"),
            ("Anna  Berg.jpg", "Anna Berg.jpg"),
            ("Anna Berg .jpg", "Anna Berg.jpg"),
            ("Anna_Berg", "anna-berg.JPG"),
            ("Mary O\u{2019}Neil.jpg", "Mary O'Neil.jpg"),
            ("Anna\u{2010}Lena Berg.jpg", "Anna-Lena Berg.jpg"),
            ("M\u{fc}ller\u{a0}1.jpg", "Mu\u{308}ller 1.jpg"),
            ("M?ller.jpg", "M\u{fc}ller.jpg"),
            ("Muller.jpg", "M\u{fc}ller.jpg"),
            ("1001.0", "1001.jpg"),
            ("1.001E+03", "1001.jpg"),
            ("1,001", "1001.jpg"),
            ("'1001", "1001.jpg"),
            ("1001.jpg\"", "1001.jpg"),
            ("42", "0042.jpg"),
            ("0042.jpg", "42.png"),
            ("hr.contoso.com/img/1001.jpg?size=2", "1001.jpg"),
            ("hr.contoso.com/show?file=1001.jpg", "1001.jpg"),
            ("hr.contoso.com/Berg, Anna.jpg?size=2", "Berg, Anna.jpg"),
            ("IMG?0029.jpg", "IMG_0029.jpg"),
            ("M?ller.jpg + M?ller2.jpg", "M\u{fc}ller2.jpg"),
            ("Berg, Anna.jpg, Falk, Ben.jpg + Ek, Lena.jpg", "Falk, Ben.jpg"),
            ("1001.jpg, 1002.jpg", "1002.jpg"),
            ("1001.jpg, 1002.jpg", "1001.jpg"),
            ("1001.jpg.jpg", "1001.jpg"),
            ("1001.jpg", "1001.jpg.jpg"),
        ] {
            let meant = meant(&folded(cell));
            assert!(gists(&folded(name)).any(|gist| meant.contains(&gist)), "{cell} and {name}: {meant:?}");
        }
        for (cell, name) in
            [("1001.jpg", "1002.jpg"), ("Anna Berg.jpg", "Anna Bergmann.jpg"), ("10010", "1001.jpg"), ("-", "_.jpg")]
        {
            let meant = meant(&folded(cell));
            assert!(!gists(&folded(name)).any(|gist| meant.contains(&gist)), "{cell} and {name}: {meant:?}");
        }
    }
}
