//! `drift`: photos that were changed in the tenant by others.

use std::collections::HashMap;
use std::sync::Arc;

use super::reader::Section;
use super::units::{DAY, secs};
use crate::delivery::DriftSettings;
use crate::model::DriftPolicy;

/// Reads it: never compared by default (1h to 365d), and told only. Rules bring policies of their own along.
pub(super) fn read(section: &mut Section<'_, '_>, by_rule: HashMap<Arc<str>, DriftPolicy>) -> DriftSettings {
    DriftSettings {
        check_every: section.duration("check_every", secs(3600)..=secs(365 * DAY)),
        policy: section.keyword("policy", DriftPolicy::Report),
        by_rule,
        by_group: section
            .list("by_group")
            .unwrap_or_default()
            .iter()
            .filter_map(|element| section.element(element, read_group))
            .collect(),
    }
}

/// A group (id, mail or mailNickname) and its policy; none when it has a fault.
fn read_group(section: &mut Section<'_, '_>) -> Option<(String, DriftPolicy)> {
    let (group, policy) = (section.text("group"), section.keyword("policy", DriftPolicy::Report));
    for key in ["group", "policy"] {
        if !section.has_value(key) {
            section.fault(key, "is missing; write for example { group: sales, policy: user_wins }");
        }
    }
    if section.is_faulty() { None } else { Some((group?, policy)) }
}
