//! The nearest known word to a mistyped one.

/// Bytes of a word that may be a slip; a longer one is something else, and costs time to compare.
const LONGEST: usize = 64;

/// The candidate that is a slip or two away from `word`, if there is one.
pub(super) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let fold = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let word = fold(word);
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .iter()
        .map(|candidate| (strsim::levenshtein(&word, &fold(candidate)), *candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_word_and_strangers_find_none() {
        let known = ["directory", "watch", "poll_interval", "userPrincipalName"];
        for (slip, wanted) in [
            ("directroy", Some("directory")),
            ("poll-interval", Some("poll_interval")),
            ("userprincipalname", Some("userPrincipalName")),
            ("wach", Some("watch")),
            ("colour", None),
        ] {
            assert_eq!(nearest(slip, &known), wanted, "{slip}");
        }
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(nearest(&long, &[format!("{long}y").as_str()]), None);
    }
}
