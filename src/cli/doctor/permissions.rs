//! What the token grants against what the mapped kinds need: too little is a fault, too much a warning.

use std::collections::BTreeSet;

use super::check::CheckResult;
use crate::cli::Exit;
use crate::graph::{Need, delegated_permissions, needs};
use crate::model::TargetKind;

/// Permissions that go with every sign-in, or that only the doctor uses.
const HARMLESS: [&str; 8] = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "User.Read",
    "PeopleSettings.Read.All",
    "PeopleSettings.ReadWrite.All",
    "ProfilePhoto.Read.All",
];

/// What a run needs.
pub(super) struct Needs {
    /// Kinds of targets, and whether of the signed-in person.
    pub(super) kinds: Vec<(TargetKind, bool)>,
    /// A person signs in, not an application.
    pub(super) person: bool,
    /// Groups decide who is in scope.
    pub(super) scope: bool,
}

/// The checks of a token that grants these.
pub(super) fn permissions(granted: &[String], needs_of: &Needs) -> Vec<CheckResult> {
    let mut least = BTreeSet::new();
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    let mut too_much = Vec::new();
    let mut checks = Vec::new();
    let has = |name: &str| granted.iter().any(|one| one.eq_ignore_ascii_case(name));
    for (kind, own) in &needs_of.kinds {
        let mut missing = Vec::new();
        for need in all_needs(*kind, *own, needs_of) {
            least.insert(need.least);
            if has(need.least) {
                continue;
            }
            match need.more.iter().find(|name| has(name)) {
                Some(name) => {
                    covered.insert(name);
                    too_much.push(format!("{name} where {} is enough to {}", need.least, need.act));
                }
                None => missing.push(format!("{} (to {})", need.least, need.act)),
            }
        }
        checks.push(if missing.is_empty() {
            CheckResult::ok("permissions", format!("all that {kind} photos need"))
        } else {
            let person = needs_of.person;
            let cure = if person {
                format!("Add to the app registration as delegated permissions and agree to them at `photosyncd login`: {}.", names(&missing))
            } else {
                format!("Entra admin centre, App registrations, API permissions, Microsoft Graph, Application permissions: add {}, and grant admin consent. New tokens carry it within minutes.", names(&missing))
            };
            CheckResult::fault("permissions", Exit::SignIn, format!("for {kind} photos the token lacks {}", missing.join(" and ")), cure)
        });
    }
    let unused = granted.iter().map(String::as_str).filter(|name| {
        let known = |other: &&str| other.eq_ignore_ascii_case(name);
        !least.iter().any(known) && !covered.iter().any(known) && !HARMLESS.iter().any(known)
    });
    too_much.extend(unused.map(|name| format!("{name}, which nothing here needs")));
    too_much.sort();
    too_much.dedup();
    if !too_much.is_empty() {
        let cure = "Remove it from the app registration's API permissions (and revoke its consent), after the narrower one is granted: who steals the credential can do no more than the token can.";
        checks.push(CheckResult::warning("excess_permissions", format!("the token grants {}", too_much.join("; ")), cure));
    } else if !granted.is_empty() {
        checks.push(CheckResult::ok("excess_permissions", "none: the token grants no more than is needed"));
    }
    checks
}

fn all_needs(kind: TargetKind, own: bool, needs_of: &Needs) -> Vec<Need> {
    let mut all = if needs_of.person {
        let act = "keep these photos";
        delegated_permissions(kind, own).iter().map(|least| Need { act, least, more: wider(least) }).collect()
    } else {
        needs(kind).to_vec()
    };
    if needs_of.scope {
        all.extend(needs(TargetKind::Group).iter().filter(|need| need.act.starts_with("find")));
    }
    all
}

/// Delegated permissions that hold another one.
fn wider(least: &str) -> &'static [&'static str] {
    match least {
        "User.Read.All" => &["User.ReadWrite.All", "Directory.Read.All"],
        "GroupMember.Read.All" => &["Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All"],
        "User.ReadWrite" | "ProfilePhoto.ReadWrite.All" => &["User.ReadWrite.All"],
        _ => &[],
    }
}

/// Without what they are for.
fn names(missing: &[String]) -> String {
    missing.iter().filter_map(|one| one.split(' ').next()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::check::CheckLevel;
    use super::*;

    fn verdicts(granted: &[&str], kinds: &[TargetKind]) -> (Vec<CheckResult>, Option<CheckResult>) {
        let granted: Vec<String> = granted.iter().map(ToString::to_string).collect();
        let kinds = kinds.iter().map(|kind| (*kind, false)).collect();
        let mut checks = permissions(&granted, &Needs { kinds, person: false, scope: false });
        let excess = checks.pop_if(|check| check.name == "excess_permissions");
        (checks, excess)
    }

    #[test]
    fn exactly_enough_is_right_for_every_kind() {
        for (kind, granted) in [
            (TargetKind::User, vec!["ProfilePhoto.ReadWrite.All", "User.Read.All"]),
            (TargetKind::Group, vec!["ProfilePhoto.ReadWrite.All", "GroupMember.Read.All"]),
            (TargetKind::Team, vec!["TeamSettings.ReadWrite.All", "GroupMember.Read.All"]),
            (TargetKind::Contact, vec!["Contacts.ReadWrite", "User.Read.All"]),
        ] {
            let (checks, excess) = verdicts(&granted, &[kind]);
            assert!(checks.iter().all(|check| check.verdict == CheckLevel::Ok), "{checks:?}");
            assert_eq!(excess.unwrap().verdict, CheckLevel::Ok);
            for left_out in &granted {
                let fewer: Vec<&str> = granted.iter().filter(|one| one != &left_out).copied().collect();
                let (checks, _) = verdicts(&fewer, &[kind]);
                assert!(
                    checks.iter().any(|check| check.verdict == CheckLevel::Fault && check.found.contains(left_out)),
                    "{kind}"
                );
            }
        }
    }

    #[test]
    fn too_much_is_named_with_what_would_do() {
        let (checks, excess) = verdicts(&["User.ReadWrite.All", "Mail.Read"], &[TargetKind::User]);
        assert!(checks.iter().all(|check| check.verdict == CheckLevel::Ok));
        let found = excess.unwrap().found;
        assert!(found.contains("User.ReadWrite.All where ProfilePhoto.ReadWrite.All is enough"), "{found}");
        assert!(found.contains("Mail.Read, which nothing here needs"), "{found}");
    }
}
