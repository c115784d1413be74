//! `guard`: the brakes over a pass.

use super::keyword::keywords;
use super::reader::Section;
use crate::plan::GuardSettings;

keywords! {
    /// What happens at first contact to photos that nobody here put there.
    FirstContact {
        /// A person is asked.
        Ask = "ask",
        /// They are replaced.
        Replace = "replace",
    }
}

/// Reads it: no limit of changes by default, 10 removals and 2 percent of them at most, and no empty source.
pub(super) fn read(section: &mut Section<'_, '_>) -> GuardSettings {
    GuardSettings {
        max_changes_percent: section.float("max_changes_percent", 0.0..=100.0, 100.0, "percent"),
        max_removals: usize::try_from(section.integer("max_removals", 0..=1_000_000, 10_u32, "photos")).unwrap_or(usize::MAX),
        max_removals_percent: section.float("max_removals_percent", 0.0..=100.0, 2.0, "percent"),
        refuse_empty_source: section.boolean("refuse_empty_source", true),
        replace_at_first_contact: section.keyword("first_contact", FirstContact::Ask) == FirstContact::Replace,
    }
}
