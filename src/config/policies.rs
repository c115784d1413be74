//! Policies by group and by rule: `policy` and `by_group` of a section.

use std::collections::HashMap;
use std::sync::Arc;

use super::keyword::Keyword;
use super::reader::Section;
use crate::delivery::Policies;

/// Reads them; `example` shows an element of `by_group`. Rules bring policies of their own along.
pub(super) fn read<P: Keyword + Default>(
    section: &mut Section<'_, '_>,
    by_rule: HashMap<Arc<str>, P>,
    example: &str,
) -> Policies<P> {
    let general = section.keyword("policy", P::default());
    let elements = section.list("by_group").unwrap_or_default();
    let by_group = elements.iter().filter_map(|element| section.element(element, |section| read_group(section, example)));
    Policies { general, by_rule, by_group: by_group.collect() }
}

/// A group (id, mail or mailNickname) and its policy; none when it has a fault.
fn read_group<P: Keyword + Default>(section: &mut Section<'_, '_>, example: &str) -> Option<(String, P)> {
    let (group, policy) = (section.text("group"), section.keyword("policy", P::default()));
    for key in ["group", "policy"] {
        if !section.has_value(key) {
            section.fault(key, format!("is missing; write for example {example}"));
        }
    }
    if section.is_faulty() { None } else { Some((group?, policy)) }
}
