//! The ending of a file's name: a picture's, something else's, or a part of the name.
//!
//! What lies beside a photo (`anna.xmp`, `anna.CR2`, `anna.jpg_original`) bears its name and is nobody's photo. So an
//! open ending stands for those of pictures; any other must be spelled by the rule, or be a part of the name it takes.

use std::ops::Range;

use crate::photo::{other_extensions, picture_extensions};

/// Endings of what programs leave beside pictures, besides films, documents and raw files. None that a domain ends in,
/// for names without an extension: `anna@contoso.ai`.
const SIDECARS: [&str; 53] = [
    "aae",
    "acr",
    "bak",
    "bck",
    "bup",
    "cof",
    "cop",
    "comask",
    "cos",
    "cot",
    "ctg",
    "db",
    "dop",
    "dxo",
    "eip",
    "exif",
    "exv",
    "gpx",
    "icc",
    "icm",
    "ind",
    "kml",
    "lck",
    "lnk",
    "lock",
    "lrcat",
    "lrprev",
    "lrtemplate",
    "md5",
    "mie",
    "mrk",
    "nksc",
    "old",
    "on1",
    "onphoto",
    "orig",
    "original",
    "pp3",
    "par2",
    "sha1",
    "sha256",
    "sfv",
    "temp",
    "thm",
    "tmp",
    "url",
    "vrd",
    "wav",
    "webloc",
    "xcf",
    "xmp",
    "xmpbak",
    "xpacket",
];

/// Where the ending of the last part of a path stands: what follows its last dot, if something stands before it.
pub(super) fn of(path: &str) -> Option<Range<usize>> {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    let dot = name + path[name..].rfind('.')?;
    (dot > name).then_some(dot + 1..path.len())
}

/// Whether pictures end so, in any case.
pub(crate) fn is_picture(ending: &str) -> bool {
    picture_extensions().any(|known| known.eq_ignore_ascii_case(ending))
}

/// Whether something beside a picture ends so: `xmp`, `JSON`, `jpg~`, `jpg_original`.
pub(super) fn is_of_a_sidecar(ending: &str) -> bool {
    let end = ending.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(ending.len());
    let (word, rest) = ending.split_at(end);
    SIDECARS.into_iter().chain(other_extensions()).any(|known| known.eq_ignore_ascii_case(word))
        || !rest.is_empty() && is_picture(word)
}

/// The regular expression for an ending of a picture, in any case.
pub(super) fn expression() -> String {
    format!("(?i:{})", picture_extensions().collect::<Vec<_>>().join("|"))
}

/// Whether every letter and digit of this ending is a part of the name (`named` tells by its place), or spelled by
/// whatever `claims` the path: one that another letter could stand for is not.
pub(super) fn is_meant(path: &str, ending: Range<usize>, named: impl Fn(usize) -> bool, claims: impl Fn(&str) -> bool) -> bool {
    let text = path.get(ending.clone()).unwrap_or_default();
    let mut takes_some = false;
    for (at, letter) in text.char_indices().filter(|(_, letter)| letter.is_alphanumeric()) {
        let place = ending.start + at;
        if named(place) {
            takes_some = true;
            continue;
        }
        let others = if letter.is_ascii_digit() { ['3', '7', '9'] } else { ['q', 'z', 'j'] };
        let other = |other: char| if letter.is_uppercase() { other.to_ascii_uppercase() } else { other };
        let mut variants = others.into_iter().map(other).filter(|other| *other != letter);
        if variants.all(|other| claims(&format!("{}{other}{}", &path[..place], &path[place + letter.len_utf8()..]))) {
            return false;
        }
    }
    !(takes_some && is_of_a_sidecar(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_follows_the_last_dot_of_the_name() {
        let ending = |path: &str| of(path).map(|range| path[range].to_owned());
        for (path, wanted) in [
            ("a.b/anna", None),
            ("a/anna@contoso.com", Some("com")),
            ("anna.jpg~", Some("jpg~")),
            (".jpg", None),
            ("a/.xmp", None),
            ("anna.", Some("")),
        ] {
            assert_eq!(ending(path).as_deref(), wanted, "{path}");
        }
    }

    #[test]
    fn what_lies_beside_pictures_is_known_and_no_domain_is_among_it() {
        for ending in ["xmp", "AAE", "CR2", "jpg_original", "jpg~", "JPEG!", "bak", "txt", "lnk", "json", "THM", "MOV", "psd"] {
            assert!(is_of_a_sidecar(ending) && !is_picture(ending), "{ending}");
        }
        for ending in ["com", "org", "de", "ai", "md", "ps", "berg", "photo", "jpg", "x"] {
            assert!(!is_of_a_sidecar(ending), "{ending}");
        }
    }
}
