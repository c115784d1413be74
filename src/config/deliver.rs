//! `deliver`: whose photo is replaced, and whose stays.

use std::collections::HashMap;
use std::sync::Arc;

use super::node::Node;
use super::reader::Section;
use crate::delivery::DeliverSettings;
use crate::model::DeliverPolicy;

/// Reads it under the key `deliver` of the configuration: a word, or a section; everybody's by default. Rules bring policies
/// of their own along.
pub(super) fn read(root: &mut Section<'_, '_>, by_rule: HashMap<Arc<str>, DeliverPolicy>) -> DeliverSettings {
    if root.has_value("deliver") && !matches!(root.value("deliver"), Some(Node::Section(_))) {
        let policy = root.keyword("deliver", DeliverPolicy::Always);
        return DeliverSettings { policy, by_rule, by_group: Vec::new() };
    }
    root.section("deliver", |section| DeliverSettings {
        policy: section.keyword("policy", DeliverPolicy::Always),
        by_rule,
        by_group: section
            .list("by_group")
            .unwrap_or_default()
            .iter()
            .filter_map(|element| section.element(element, read_group))
            .collect(),
    })
}

/// A group (id, mail or mailNickname) and its policy; none when it has a fault.
fn read_group(section: &mut Section<'_, '_>) -> Option<(String, DeliverPolicy)> {
    let (group, policy) = (section.text("group"), section.keyword("policy", DeliverPolicy::Always));
    for key in ["group", "policy"] {
        if !section.has_value(key) {
            section.fault(key, "is missing; write for example { group: board, policy: only_where_missing }");
        }
    }
    if section.is_faulty() { None } else { Some((group?, policy)) }
}
