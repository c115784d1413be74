//! `backup`: photos that were in the tenant before ours.

use std::path::Path;

use super::reader::Section;
use super::units::{DAY, secs};
use crate::delivery::BackupSettings;

/// Reads it: none are kept by default; if so, in `backups` in the state directory, for 90d (1d to 3650d).
pub(super) fn read(section: &mut Section<'_, '_>, state_directory: &Path) -> BackupSettings {
    BackupSettings {
        before_first_overwrite: section.boolean("before_first_overwrite", false),
        directory: section.path("directory").unwrap_or_else(|| state_directory.join("backups")),
        keep: section.duration("keep", secs(DAY)..=secs(3650 * DAY)).unwrap_or(secs(90 * DAY)),
    }
}
