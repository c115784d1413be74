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
    /// The heading in README.md to read.
    pub(super) readme: &'static str,
    /// What the command ends with, because of this.
    #[serde(skip)]
    pub(super) exit: Exit,
}

impl CheckResult {
    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { name: check, verdict: CheckLevel::Ok, found: found.into(), cure: None, readme: heading(check), exit: Exit::InStep }
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

/// Where README tells about it.
pub(super) fn heading(check: &str) -> &'static str {
    match check {
        "configuration" | "rules" | "heic_converter" => "Rehearse with your own photos",
        "table" => "The table",
        "credential" | "credential_end" | "sign_in" | "clock" => "Ways to sign in",
        "permissions" | "excess_permissions" | "photo_policy" => "Connect a tenant",
        "read" | "coverage" => "How photos find their people",
        "scope" | "missing" => "Scope and consent",
        "ledger" | "disk_space" => "Install",
        "service" => "When something is held",
        _ => "Doctor",
    }
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

    #[test]
    fn every_heading_stands_in_the_readme() {
        let readme = include_str!("../../../README.md");
        let checks = [
            "configuration",
            "rules",
            "heic_converter",
            "table",
            "credential",
            "credential_end",
            "sign_in",
            "clock",
            "permissions",
            "excess_permissions",
            "photo_policy",
            "read",
            "coverage",
            "scope",
            "missing",
            "ledger",
            "disk_space",
            "service",
            "source",
        ];
        for heading in checks.map(heading) {
            assert!(readme.lines().any(|line| line.trim_start_matches('#').trim() == heading), "{heading}");
        }
    }
}
