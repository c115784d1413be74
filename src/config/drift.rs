//! `drift`: photos that were changed in the tenant by others.

use std::collections::HashMap;
use std::sync::Arc;

use super::policies;
use super::reader::Section;
use super::units::{DAY, secs};
use crate::delivery::DriftSettings;
use crate::model::DriftPolicy;

/// Reads it: never compared by default (1h to 365d), and told only.
pub(super) fn read(section: &mut Section<'_, '_>, by_rule: HashMap<Arc<str>, DriftPolicy>) -> DriftSettings {
    DriftSettings {
        check_every: section.duration("check_every", secs(3600)..=secs(365 * DAY)),
        policies: policies::read(section, by_rule, "{ group: sales, policy: user_wins }"),
    }
}
