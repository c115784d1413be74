//! `deliver`: whose photo is replaced, and whose stays.

use std::collections::HashMap;
use std::sync::Arc;

use super::node::Node;
use super::policies;
use super::reader::Section;
use crate::delivery::Policies;
use crate::model::DeliverPolicy;

/// Reads it under the key `deliver` of the configuration: a word, or a section; everybody's by default.
pub(super) fn read(root: &mut Section<'_, '_>, by_rule: HashMap<Arc<str>, DeliverPolicy>) -> Policies<DeliverPolicy> {
    if root.has_value("deliver") && !matches!(root.value("deliver"), Some(Node::Section(_))) {
        return Policies { general: root.keyword("deliver", DeliverPolicy::Always), by_rule, by_group: Vec::new() };
    }
    root.section("deliver", |section| policies::read(section, by_rule, "{ group: board, policy: only_where_missing }"))
}
