//! Our words in SQL. They are written out, not bound, so that the indexes over some states are found; each comes from its
//! enum, so that none is spelled twice.

/// A word as SQL.
pub(super) fn literal(word: &str) -> String {
    format!("'{word}'")
}

/// Words as SQL, to stand between brackets.
pub(super) fn literals<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(literal).collect::<Vec<_>>().join(", ")
}
