//! Rules as the configuration writes them, and compiled: tried in order, the first match wins.

use unicode_normalization::UnicodeNormalization;

use super::template::{PathTemplate, ValueTemplate};
use crate::model::{Property, Reference, SourcePath, TargetKind};

/// A rule as the configuration writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSpec {
    /// Template of the paths it claims: `users/{upn}.{ext}`.
    pub files: String,
    /// Whom those files speak for.
    pub target: TargetSpec,
}

/// The right side of a rule; texts may hold placeholders of `files`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSpec {
    /// Kind of photo slot.
    pub kind: TargetKind,
    /// Named by which property (`Id` for `me`).
    pub property: Property,
    /// Value template: `{sam}@contoso.com`; empty for `me`.
    pub value: String,
    /// Contacts: template of the mailbox owner's UPN or id.
    pub owner: Option<String>,
    /// Contacts: template of the folder's name or id.
    pub folder: Option<String>,
}

/// Why a rule can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// Position in the list, from 0.
    pub rule: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

/// What a rule makes of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Name of the rule, for people: its `files` template, or the table's line.
    pub rule: std::sync::Arc<str>,
    /// Whom the file speaks for.
    pub reference: Reference,
}

/// Compiled rules.
#[derive(Clone, Debug, Default)]
pub struct Rules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    name: std::sync::Arc<str>,
    files: PathTemplate,
    kind: TargetKind,
    property: Property,
    value: ValueTemplate,
    owner: Option<ValueTemplate>,
    folder: Option<ValueTemplate>,
}

impl Rules {
    /// Checks and compiles; every fault at once.
    pub fn compile(specs: &[RuleSpec]) -> Result<Self, Vec<RuleFault>> {
        let mut rules = Vec::with_capacity(specs.len());
        let mut faults = Vec::new();
        for (at, spec) in specs.iter().enumerate() {
            if let Some(earlier) = specs[..at].iter().position(|other| other.files == spec.files) {
                let message =
                    format!("files: rule {} already claims every {:?}; this one can never match", earlier + 1, spec.files);
                faults.push(RuleFault { rule: at, message });
            }
            match Rule::compile(spec) {
                Ok(rule) => rules.push(rule),
                Err(messages) => faults.extend(messages.into_iter().map(|message| RuleFault { rule: at, message })),
            }
        }
        if faults.is_empty() { Ok(Self(rules)) } else { Err(faults) }
    }

    /// The first rule that claims the path, and whom it names. A rule whose value comes out empty claims nothing.
    pub fn find(&self, path: &SourcePath) -> Option<Match> {
        self.0.iter().find_map(|rule| rule.claim(path.as_str()))
    }
}

impl Rule {
    fn compile(spec: &RuleSpec) -> Result<Self, Vec<String>> {
        let TargetSpec { kind, property, value, owner, folder } = &spec.target;
        let files = PathTemplate::compile(&spec.files).map_err(|message| vec![message])?;
        let mut faults = Vec::new();
        if *kind != TargetKind::Me && !property.fits(*kind) {
            let fitting: Vec<&str> = Property::ALL.iter().filter(|each| each.fits(*kind)).map(|each| each.as_str()).collect();
            faults.push(format!("{kind}: can't be named by {property}; use {}", fitting.join(", ")));
        }
        if *kind != TargetKind::Me && value.trim().is_empty() {
            faults.push(format!("{kind}.{property}: empty; give a value such as \"{{upn}}\""));
        }
        if *kind == TargetKind::Contact && owner.as_deref().is_none_or(|owner| owner.trim().is_empty()) {
            faults.push("contact.owner: missing; give the mailbox owner's UPN or id".to_owned());
        }
        let mut template = |text: &str, key: String| match ValueTemplate::compile(text, &key, files.names()) {
            Ok(template) => Some(template),
            Err(message) => {
                faults.push(message);
                None
            }
        };
        let value = template(value, format!("{kind}.{property}"));
        let owner = owner.as_deref().map(|text| template(text, "contact.owner".into()));
        let folder = folder.as_deref().map(|text| template(text, "contact.folder".into()));
        match (faults.is_empty(), value) {
            (true, Some(value)) => Ok(Self {
                name: spec.files.as_str().into(),
                files,
                kind: *kind,
                property: *property,
                value,
                owner: owner.flatten(),
                folder: folder.flatten(),
            }),
            _ => Err(faults),
        }
    }

    fn claim(&self, path: &str) -> Option<Match> {
        // The first look is on the bytes as they are; only the filled values are composed.
        let captures = self.files.captures(path)?;
        let fill = |template: &ValueTemplate| template.fill(&captures).nfc().collect::<String>();
        let value = fill(&self.value);
        let reference = match self.kind {
            TargetKind::Me => Reference::me(),
            _ if value.is_empty() => return None,
            TargetKind::Contact => {
                let owner = self.owner.as_ref().map(&fill).filter(|owner| !owner.is_empty())?;
                let folder = self.folder.as_ref().map(&fill).filter(|folder| !folder.is_empty());
                Reference::contact(&owner, folder.as_deref(), self.property, &value)
            }
            kind => Reference::new(kind, self.property, &value),
        };
        Some(Match { rule: self.name.clone(), reference })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(files: &str, kind: TargetKind, property: Property, value: &str) -> RuleSpec {
        let owner = (kind == TargetKind::Contact).then(|| "{owner}".to_owned());
        RuleSpec { files: files.into(), target: TargetSpec { kind, property, value: value.into(), owner, folder: None } }
    }

    fn found(specs: &[RuleSpec], path: &str) -> Option<String> {
        Rules::compile(specs).unwrap().find(&SourcePath::new(path).unwrap()).map(|found| found.reference.to_string())
    }

    #[test]
    fn the_first_rule_that_matches_wins() {
        let specs = [
            spec("users/{upn}.{ext}", TargetKind::User, Property::UserPrincipalName, "{upn}"),
            spec("{folder}/{sam}.{ext}", TargetKind::User, Property::Mail, "{sam}@contoso.com"),
            spec("contacts/{owner}/{address}.{ext}", TargetKind::Contact, Property::Mail, "{address}"),
        ];
        assert_eq!(found(&specs, "users/a@b.jpg").as_deref(), Some("user userPrincipalName a@b"));
        assert_eq!(found(&specs, "staff/anna.png").as_deref(), Some("user mail anna@contoso.com"));
        assert_eq!(found(&specs, "contacts/o@x/p@y.jpg").as_deref(), Some("contact mail o@x → p@y"));
        assert_eq!(found(&specs, "anna.png"), None);
    }

    #[test]
    fn decomposed_names_from_mac_shares_are_composed() {
        let specs = [spec("{name}.jpg", TargetKind::User, Property::DisplayName, "{name}")];
        assert_eq!(found(&specs, "Jose\u{301}.jpg").as_deref(), Some("user displayName José"));
    }

    #[test]
    fn a_blank_value_claims_nothing() {
        let specs = [spec("{name}.jpg", TargetKind::User, Property::Mail, "{name}")];
        assert_eq!(found(&specs, "  .jpg"), None);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = Rules::compile(&[
            spec("{a}.jpg", TargetKind::Group, Property::EmployeeId, "{b}"),
            spec("{a}.jpg", TargetKind::User, Property::Mail, ""),
        ])
        .unwrap_err();
        let words: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.rule, fault.message)).collect();
        assert_eq!(
            words,
            [
                "0: group: can't be named by employeeId; use id, mail, mailNickname, displayName",
                "0: group.employeeId: {b} is not a placeholder of files; known here: {a}",
                "1: files: rule 1 already claims every \"{a}.jpg\"; this one can never match",
                "1: user.mail: empty; give a value such as \"{upn}\"",
            ]
        );
    }
}
