//! Names that a mistyped one may have meant.

/// Bytes of a name that may be a slip; a longer one costs time to compare.
const LONGEST: usize = 120;
/// Names proposed at most.
const MOST: usize = 3;

/// Of these names those that are a slip or two away from `word`, the nearest first. Case is no difference; the folder and
/// the extension may be left out.
pub(crate) fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let word = word.to_lowercase();
    if word.is_empty() || word.len() > LONGEST {
        return Vec::new();
    }
    let allowed = (word.chars().count() / 4).clamp(1, 3);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for candidate in candidates {
        let folded = candidate.to_lowercase();
        let file = folded.rsplit('/').next().unwrap_or(&folded);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let local = folded.split('@').next().unwrap_or(&folded);
        let forms = [folded.as_str(), file, stem, local];
        let plausible = forms.iter().filter(|form| form.len().abs_diff(word.len()) <= allowed * 4);
        let distance = plausible.map(|form| strsim::osa_distance(&word, form)).min();
        if let Some(distance) = distance.filter(|distance| *distance <= allowed) {
            found.push((distance, candidate));
        }
    }
    found.sort_unstable();
    let nearest = found.first().map_or(0, |(distance, _)| *distance);
    found.retain(|(distance, _)| *distance == nearest);
    found.dedup_by(|one, other| one.1 == other.1);
    found.into_iter().take(MOST).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// A question that proposes names; nothing if there are none.
pub(crate) fn did_you_mean(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!(" Did you mean {one}?"),
        some => format!(" Did you mean one of these: {}?", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_names_and_strangers_find_none() {
        let known = ["users/anna.berg@contoso.com.jpg", "anna.berg@contoso.com", "ben@contoso.com", "badges/004203.jpg"];
        for (slip, nearest) in [
            ("anna.breg@contoso.com", Some("anna.berg@contoso.com")),
            ("ANNA.BERG@contoso.co", Some("anna.berg@contoso.com")),
            ("users/anna.berg@contosso.com.jpg", Some("users/anna.berg@contoso.com.jpg")),
            ("anna.berg", Some("anna.berg@contoso.com")),
            ("004023", Some("badges/004203.jpg")),
            ("zacharias@fabrikam.com", None),
            ("", None),
        ] {
            assert_eq!(near(slip, known).first().map(String::as_str), nearest, "{slip}");
        }
        assert_eq!(did_you_mean(&["a".to_owned(), "b".to_owned()]), " Did you mean one of these: a, b?");
    }
}
