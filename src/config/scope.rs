//! `scope`: whose photos are sent at all.

use super::keyword::KeepOrDelete;
use super::reader::Section;
use crate::lookup::ScopeSettings;

/// Reads it. Groups are named by id, mail or mailNickname; by default everybody is served, and photos stay.
pub(super) fn read(section: &mut Section<'_, '_>) -> ScopeSettings {
    ScopeSettings {
        include_groups: section.texts("include_groups", |_| Ok(())).unwrap_or_default(),
        exclude_groups: section.texts("exclude_groups", |_| Ok(())).unwrap_or_default(),
        delete_on_opt_out: section.keyword("on_opt_out", KeepOrDelete::Keep) == KeepOrDelete::Delete,
    }
}
