//! Rules as the configuration writes them, and what can be wrong with one.

use crate::model::{Property, TargetKind};

/// A rule as the configuration writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleSpec {
    /// The paths it claims.
    pub paths: PathSpec,
    /// Whether folders and literal text (or the regular expression) match in any case.
    pub ignore_case: bool,
    /// Whom those files speak for.
    pub target: TargetSpec,
}

/// Which paths a rule claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PathSpec {
    /// `files`: a template, `users/{upn}.{ext}`.
    Files(String),
    /// `regex`: a regular expression for the whole path below the source; its named groups are the placeholders.
    Regex(String),
}

impl PathSpec {
    /// The key it stands under.
    pub(crate) const fn key(&self) -> &'static str {
        match self {
            Self::Files(_) => "files",
            Self::Regex(_) => "regex",
        }
    }

    /// The template or regular expression, as written.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Files(text) | Self::Regex(text) => text,
        }
    }
}

/// The right side of a rule; texts may hold placeholders, with filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TargetSpec {
    /// Kind of photo slot.
    pub kind: TargetKind,
    /// Named by which property (`Id` for `me`).
    pub property: Property,
    /// Value template: `{sam|lower}@contoso.com`; empty for `me`.
    pub value: String,
    /// Further properties with their value templates, which must all match, too.
    pub further: Vec<(Property, String)>,
    /// Contacts: template of the mailbox owner's UPN or id.
    pub owner: Option<String>,
    /// Contacts: template of the folder's name or id.
    pub folder: Option<String>,
}

/// Why a rule can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleFault {
    /// Position in the list, from 0.
    pub rule: usize,
    /// The key at fault within the rule: `files`, `user.mail`.
    pub key: String,
    /// What is wrong, and what to do.
    pub message: String,
}
