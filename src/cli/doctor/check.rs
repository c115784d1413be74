//! What a check came to, as data.

use serde::Serialize;

use crate::cli::Exit;
use crate::model::{Advice, chain};

/// How well something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckLevel {
    /// As it should be.
    Ok,
    /// Can't be told, because something else is wrong or wasn't asked.
    Skipped,
    /// Works, but somebody should look at it.
    Warning,
    /// Does not work.
    Fault,
}

impl CheckLevel {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// One check. Field names are a contract.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct CheckResult {
    /// What was looked at, as a stable word.
    #[serde(rename = "check")]
    pub(super) name: &'static str,
    pub(super) verdict: CheckLevel,
    /// What was found.
    pub(super) found: String,
    /// What to do; none if nothing.
    pub(super) cure: Option<String>,
    /// The page of `photosyncd help` to read.
    pub(super) readme: &'static str,
    /// What the command ends with, because of this.
    #[serde(skip)]
    pub(super) exit: Exit,
}

impl CheckResult {
    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { name: check, verdict: CheckLevel::Ok, found: found.into(), cure: None, readme: page(check), exit: Exit::InStep }
    }

    pub(super) fn skipped(check: &'static str, found: impl Into<String>) -> Self {
        Self { verdict: CheckLevel::Skipped, ..Self::ok(check, found) }
    }

    pub(super) fn warning(check: &'static str, found: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { verdict: CheckLevel::Warning, cure: Some(cure.into()), ..Self::ok(check, found) }
    }

    /// A fault of sign-in or permission ends in [`Exit::SignIn`], one of configuration or state in
    /// [`Exit::Configuration`], any other in [`Exit::Held`].
    pub(super) fn fault(check: &'static str, exit: Exit, found: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { verdict: CheckLevel::Fault, exit, ..Self::warning(check, found, cure) }
    }

    /// A fault by its error; `cure` is what to do where the error does not know.
    pub(super) fn of(check: &'static str, exit: Exit, error: &impl Advice, cure: &str) -> Self {
        let mut hint = error.hint().unwrap_or_else(|| cure.to_owned());
        if let Some(first) = hint.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self::fault(check, exit, chain(error), hint)
    }
}

/// Every check there is, and the page of the reference to read.
pub(crate) const CHECKS: &[(&str, &str)] = &[
    ("configuration", "config"),
    ("open_files", "security"),
    ("rules", "mapping"),
    ("table", "mapping"),
    ("heic_converter", "pictures"),
    ("credential", "sign-in"),
    ("credential_end", "sign-in"),
    ("source", "operations"),
    ("marker", "operations"),
    ("watching", "operations"),
    ("watch_limit", "operations"),
    ("coverage", "mapping"),
    ("ledger", "operations"),
    ("disk_space", "operations"),
    ("service", "operations"),
    ("sign_in", "sign-in"),
    ("clock", "sign-in"),
    ("permissions", "sign-in"),
    ("excess_permissions", "sign-in"),
    ("photo_policy", "sign-in"),
    ("read", "mapping"),
    ("scope", "mapping"),
    ("missing", "mapping"),
    ("defaults", "operations"),
];

/// The page of the reference that tells about a check.
fn page(check: &str) -> &'static str {
    CHECKS.iter().find(|(name, _)| *name == check).map_or("commands", |(_, page)| page)
}

/// What the whole comes to: what a person must put right first decides.
pub(super) fn exit(checks: &[CheckResult]) -> Exit {
    let faults = || checks.iter().filter(|check| check.verdict == CheckLevel::Fault);
    [Exit::Configuration, Exit::SignIn, Exit::Held]
        .into_iter()
        .find(|exit| faults().any(|check| check.exit == *exit))
        .unwrap_or(Exit::InStep)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_fault_decides_and_warnings_do_not() {
        let fault = |exit| CheckResult::fault("x", exit, "", "");
        assert_eq!(exit(&[CheckResult::ok("a", ""), CheckResult::warning("b", "", "")]), Exit::InStep);
        assert_eq!(exit(&[fault(Exit::Held)]), Exit::Held);
        assert_eq!(exit(&[fault(Exit::Held), fault(Exit::SignIn)]), Exit::SignIn);
        assert_eq!(exit(&[fault(Exit::SignIn), fault(Exit::Configuration), fault(Exit::Held)]), Exit::Configuration);
    }

    /// The names that the checks give themselves.
    #[test]
    fn every_check_has_a_page() {
        let sources =
            [include_str!("local.rs"), include_str!("mod.rs"), include_str!("permissions.rs"), include_str!("tenant.rs")];
        let known: Vec<&str> = CHECKS.iter().map(|(check, _)| *check).collect();
        let mut named = 0;
        for text in sources {
            for call in text.split("CheckResult::").skip(1) {
                let Some((_, rest)) = call.split_once('(').filter(|(how, _)| how.chars().all(char::is_alphabetic)) else {
                    continue;
                };
                let Some(name) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
                assert!(known.contains(&name), "{name} has no page");
                named += 1;
            }
        }
        assert!(named > 30, "{named}");
    }
}
