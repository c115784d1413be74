//! Rules as written in the configuration, and as compiled.
use crate::model::{Property, TargetKind};

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

/// Compiled rules, tried in order; the first match wins.
#[derive(Clone, Debug, Default)]
pub struct Rules {}

impl Rules {
    /// Checks and compiles; every fault at once.
    pub fn compile(_specs: &[RuleSpec]) -> Result<Self, Vec<RuleFault>> {
        Ok(Self {})
    }
}
