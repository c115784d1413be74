//! Configurations that can't be put to work.

use super::check::CheckResult;
use crate::cli::{Exit, setup};
use crate::clock::Clock;
use crate::config::{BuildError, Config, ConfigFaults, SecretCheck};
use crate::daemon;

/// A configuration that can't be read: each fault is one of its own.
pub(super) fn unusable(faults: &ConfigFaults) -> Vec<CheckResult> {
    let cure = "Correct that line and run `photosyncd doctor` again; config.example.yaml names every key.";
    faults.0.iter().map(|fault| CheckResult::fault("configuration", Exit::Configuration, fault.to_string(), cure)).collect()
}

/// One that reads well and can't be put to work.
pub(super) fn unbuildable(error: &BuildError) -> CheckResult {
    let check = match error {
        BuildError::Secret(_) | BuildError::Graph(_) | BuildError::Credential { .. } => "credential",
        BuildError::Rules { .. } => "rules",
        BuildError::Emulator(_) | BuildError::Texts(_) => "configuration",
    };
    CheckResult::of(check, Exit::Configuration, error, "Correct it and run again.")
}

/// What a service would refuse at its start, though all that a pass needs is there.
pub(super) async fn unservable(config: &Config, clock: &Clock) -> Option<CheckResult> {
    let why = daemon::unservable(config, &setup::env, SecretCheck::Needed, clock).await.err()?;
    Some(CheckResult::fault(
        "configuration",
        Exit::Configuration,
        why.to_string(),
        "Correct it and run again: the service does not start so.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_building_refuses_is_told_as_it_is() {
        let rule = "mapping.rules[0]: one; mapping.rules[1]: another";
        let rules = unbuildable(&BuildError::Rules { what: rule.to_owned(), hint: None });
        assert_eq!((rules.name, rules.found.as_str(), rules.cure.as_deref()), ("rules", rule, Some("Correct it and run again.")));
    }
}
