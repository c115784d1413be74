//! `removal`: what happens in the tenant when a file is gone from the source.

use super::keyword::KeepOrDelete;
use super::reader::Section;
use super::units::{DAY, secs};
use crate::delivery::RemovalSettings;

/// Reads it: `keep` by default, and a grace of 7d (0s to 365d).
pub(super) fn read(section: &mut Section<'_, '_>) -> RemovalSettings {
    RemovalSettings {
        delete: section.keyword("when_file_disappears", KeepOrDelete::Keep) == KeepOrDelete::Delete,
        grace: section.duration("grace", secs(0)..=secs(365 * DAY)).unwrap_or(secs(7 * DAY)),
    }
}
