//! `mapping`: how a path names a target.

use std::collections::HashMap;
use std::sync::Arc;

use super::mapping_table;
use super::reader::Section;
use crate::mapping::{AccountPolicy, AccountRules, PathSpec, RuleSpec, Rules, TargetSpec};
use crate::model::{DeliverPolicy, DriftPolicy, Property, TargetKind};
use crate::pass::MappingSettings;
use crate::plan::ConflictPolicy;

/// What rules say beside whom a file is for, where that isn't left to the general settings; by the rule's text.
#[derive(Default)]
pub(super) struct PoliciesByRule {
    /// When the tenant shows another photo than ours.
    pub(super) drift: HashMap<Arc<str>, DriftPolicy>,
    /// Whether a photo that is there is replaced.
    pub(super) deliver: HashMap<Arc<str>, DeliverPolicy>,
}

type RulePolicies = (Option<DriftPolicy>, Option<DeliverPolicy>);

/// Reads it: how a path names a target, and by rule what happens when the tenant shows another photo than ours, where that
/// isn't left to the general settings. Two files for one target, guests and disabled accounts are held by default.
pub(super) fn read(section: &mut Section<'_, '_>) -> (MappingSettings, PoliciesByRule) {
    let table = mapping_table::read(section);
    let (rules, policies) = read_rules(section);
    let mut by_rule = PoliciesByRule::default();
    for (rule, (drift, deliver)) in rules.names().cloned().zip(policies) {
        by_rule.drift.extend(drift.map(|policy| (rule.clone(), policy)));
        by_rule.deliver.extend(deliver.map(|policy| (rule, policy)));
    }
    let settings = MappingSettings {
        rules,
        table,
        on_conflict: section.keyword("on_conflict", ConflictPolicy::Hold),
        accounts: AccountRules {
            guests: section.keyword("guests", AccountPolicy::Hold),
            disabled: section.keyword("disabled", AccountPolicy::Hold),
        },
    };
    (settings, by_rule)
}

/// The rules, tried in order, and for each its policy. By default one each below `users/`, `badges/`, `groups/`, `teams/`,
/// `contacts/`.
fn read_rules(section: &mut Section<'_, '_>) -> (Rules, Vec<RulePolicies>) {
    let Some(elements) = section.list("rules") else {
        return (Rules::compile(&default_rules()).unwrap_or_default(), Vec::new());
    };
    if elements.is_empty() && !section.has_value("table") {
        section.fault("rules", "is empty and there is no table: no file could ever be uploaded; write a rule");
    }
    let (mut read, mut rules, mut policies) = (Vec::new(), Vec::new(), Vec::new());
    for element in elements {
        if let Some((rule, policy)) = section.element(&element, read_rule) {
            read.push(element);
            rules.push(rule);
            policies.push(policy);
        }
    }
    let rules = Rules::compile(&rules).unwrap_or_else(|faults| {
        for fault in faults {
            if let Some(element) = read.get(fault.rule) {
                section.fault_in(element, &fault.key, &fault.message);
            }
        }
        Rules::default()
    });
    (rules, policies)
}

/// One rule; none when it has a fault.
fn read_rule(section: &mut Section<'_, '_>) -> Option<(RuleSpec, RulePolicies)> {
    let paths = read_paths(section);
    let ignore_case = section.boolean("ignore_case", false);
    let policies = (section.optional_keyword("drift"), section.optional_keyword("deliver"));
    let mut targets = Vec::new();
    for kind in TargetKind::ALL {
        // Asking first makes `me:` with nothing behind it, which YAML reads as null, a rule of its own.
        if section.value(kind.as_str()).is_some() || (kind == TargetKind::Me && section.has_key(kind.as_str())) {
            targets.push((kind, section.section(kind.as_str(), |section| read_target(section, kind))));
        }
    }
    match targets.as_slice() {
        [] => section.fault("", "names no target; write one of user, group, team, contact or me"),
        [_] => {}
        [(first, _), (second, _), ..] => {
            section.fault("", format!("names two targets, {first} and {second}; make it two rules"));
        }
    }
    let (_, target) = targets.into_iter().next()?;
    if section.is_faulty() { None } else { Some((RuleSpec { paths: paths?, ignore_case, target: target? }, policies)) }
}

/// Which files a rule claims: `files` or `regex`; none when it has a fault.
fn read_paths(section: &mut Section<'_, '_>) -> Option<PathSpec> {
    let (files, regex) = (section.text("files"), section.text("regex"));
    match (section.has_value("files"), section.has_value("regex")) {
        (false, false) => {
            let message = "is missing; write which files the rule claims, for example \"users/{upn}.{ext}\"";
            section.fault("files", message);
        }
        (true, true) => section.fault("regex", "stands beside files; keep one of the two"),
        _ => {}
    }
    files.map(PathSpec::Files).or(regex.map(PathSpec::Regex))
}

/// The right side of a rule; none when it has a fault.
fn read_target(section: &mut Section<'_, '_>, kind: TargetKind) -> Option<TargetSpec> {
    let (mut owner, mut folder) = (None, None);
    if kind == TargetKind::Contact {
        owner = section.text("owner");
        folder = section.text("folder");
        if owner.is_none() && !section.has_value("owner") {
            section.fault("owner", "is missing; name the mailbox by its owner's userPrincipalName or id");
        }
    }
    if kind == TargetKind::Me {
        return Some(TargetSpec { kind, property: Property::Id, value: String::new(), further: Vec::new(), owner, folder });
    }
    // Those that have a place of their own are what a section knows; of the others it asks for what is there.
    for property in Property::OWN.into_iter().filter(|property| property.fits(kind)) {
        section.value(property.as_str());
    }
    let fitting = || Property::all().filter(|property| property.fits(kind)).map(Property::as_str);
    section.suggest(fitting(), (kind != TargetKind::Contact).then(|| Property::listed(kind)));
    let custom = section.names().filter_map(|name| name.strip_prefix("extension_").and(name.parse().ok()));
    let others = Property::all().chain(custom.collect::<Vec<Property>>());
    let mut given: Vec<(Property, Option<String>)> = Vec::new();
    for property in others.filter(|property| property.fits(kind)) {
        if section.has_value(property.as_str()) && given.iter().all(|(other, _)| *other != property) {
            given.push((property, section.text(property.as_str())));
        }
    }
    let unfit = |name: &&str| !given.iter().any(|(property, _)| property.as_str() == *name);
    for name in section.names().filter(unfit).collect::<Vec<_>>() {
        if let Some(words) = Property::misnamed(name, kind) {
            section.unknown(name, &words);
        }
    }
    match given.as_slice() {
        [] => section.fault("", format!("names no property; give one of {}", Property::listed(kind))),
        [(first, _), (second, _), ..] if kind == TargetKind::Contact => {
            section.fault("", format!("names two properties, {first} and {second}; keep one"));
        }
        _ => {}
    }
    let mut given = given.into_iter();
    let (property, value) = given.next()?;
    let further = given.map(|(property, value)| Some((property, value?))).collect::<Option<Vec<_>>>()?;
    Some(TargetSpec { kind, property, value: value?, further, owner, folder })
}

/// The rules of a configuration that names none; the example file shows them.
fn default_rules() -> Vec<RuleSpec> {
    let rule = |files: &str, kind, property, value: &str, owner: Option<&str>| RuleSpec {
        paths: PathSpec::Files(files.to_owned()),
        ignore_case: false,
        target: TargetSpec {
            kind,
            property,
            value: value.to_owned(),
            further: Vec::new(),
            owner: owner.map(str::to_owned),
            folder: None,
        },
    };
    vec![
        rule("users/{upn}.{ext}", TargetKind::User, Property::UserPrincipalName, "{upn}", None),
        rule("badges/{number}.{ext}", TargetKind::User, Property::EmployeeId, "{number}", None),
        rule("groups/{alias}.{ext}", TargetKind::Group, Property::MailNickname, "{alias}", None),
        rule("teams/{alias}.{ext}", TargetKind::Team, Property::MailNickname, "{alias}", None),
        rule("contacts/{owner}/{address}.{ext}", TargetKind::Contact, Property::Mail, "{address}", Some("{owner}")),
    ]
}
