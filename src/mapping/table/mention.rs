//! Which files a text may name that was not understood: those whose name stands in it, whatever quotes, separators and
//! line breaks stand in between.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use super::name::squeezed;

/// For each of these names (folded stems), the first text that may hold it.
pub(super) fn mentioned(names: &[&str], texts: &[&str]) -> HashMap<usize, usize> {
    let mut found = HashMap::new();
    if texts.is_empty() {
        return found;
    }
    let mut patterns: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, name) in names.iter().enumerate() {
        patterns.entry(squeezed(name)).or_default().push(at);
        if !name.is_ascii() {
            // Decomposed, the letters under the marks are in the text, whatever became of the marks.
            patterns.entry(squeezed(&name.nfd().collect::<String>())).or_default().push(at);
        }
    }
    // Names without a Latin letter or digit can't be searched for in a text whose encoding may be wrong.
    let unsearchable = patterns.remove("").unwrap_or_default();
    let (texts_of, owners): (Vec<String>, Vec<Vec<usize>>) = patterns.into_iter().unzip();
    let search = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&texts_of);
    // The first text of each name: the same name may be that of many files, and stand in many texts.
    let mut first: Vec<Option<usize>> = vec![None; owners.len()];
    let mut first_odd = None;
    for (text, words) in texts.iter().enumerate() {
        match &search {
            Ok(search) => {
                for words in [Some(squeezed(words)), decoded(words)].into_iter().flatten() {
                    for hit in search.find_overlapping_iter(&words) {
                        first[hit.pattern().as_usize()].get_or_insert(text);
                    }
                }
            }
            // More names than can be searched for: any of them may be meant.
            Err(_) => first.fill(Some(0)),
        }
        if words.contains(|letter: char| !letter.is_ascii() || letter == '?') {
            first_odd.get_or_insert(text);
        }
    }
    let owners = owners.into_iter().zip(first).chain([(unsearchable, first_odd)]);
    for (owners, text) in owners.filter_map(|(owners, text)| Some((owners, text?))) {
        found.extend(owners.into_iter().map(|at| (at, text)));
    }
    found
}

/// The same of a text that may hold addresses, in which a blank is `%20`.
fn decoded(text: &str) -> Option<String> {
    text.contains('%').then(|| squeezed(&percent_decode_str(text).decode_utf8_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torn_names_are_found_and_others_are_not() {
        let names = ["berg, anna", "img_12", "2", "山田", "otto", "müller"];
        let texts = ["x,\"Berg,\n An\"na.jpg\",y", "img_1\",\"2.jpg", "Ã±.jpg", "Mu\u{308}ller"];
        let mut found: Vec<_> = mentioned(&names, &texts).into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, [(0, 0), (1, 1), (2, 1), (3, 2), (5, 3)]);
        assert!(mentioned(&names, &[]).is_empty());
        assert_eq!(mentioned(&names[..1], &["file:///C:/Berg,%20Anna.jpg\",y"]).get(&0), Some(&0));
    }
}
