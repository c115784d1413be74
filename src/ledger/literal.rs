//! Our words in SQL. They are written out, not bound, so that the indexes over some states are found; each comes from its
//! enum, so that none is spelled twice.

use crate::model::target_state::StateName;

/// Of a target: something is to be done. The index `targets_not_in_step` is used where exactly this is said.
pub(super) fn not_in_step() -> String {
    format!("state IN ({})", literals([StateName::Due, StateName::Waiting, StateName::Blocked].map(StateName::as_str)))
}

/// How many targets there are, without a look at each.
pub(super) const ALL_TARGETS: &str =
    "coalesce((SELECT number FROM counted WHERE name = 'targets'), (SELECT count(*) FROM targets))";

/// A word as SQL.
pub(super) fn literal(word: &str) -> String {
    format!("'{word}'")
}

/// Words as SQL, to stand between brackets.
pub(super) fn literals<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(literal).collect::<Vec<_>>().join(", ")
}
