//! Reference → exactly one target, or the reason why not.

use crate::model::{DirectoryObject, Problem, Reason, Reference, TargetId, TargetKind};

/// What to do with accounts of a special sort.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum AccountPolicy {
    /// Hold their photos.
    #[default]
    Hold,
    /// Deliver like everybody's.
    Deliver,
}

/// Which accounts are held back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct AccountRules {
    /// Guest accounts.
    pub guests: AccountPolicy,
    /// Disabled accounts.
    pub disabled: AccountPolicy,
}

/// Why a reference leads to no target that may have a photo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unresolved {
    /// Why.
    pub problem: Problem,
    /// The one object that it means all the same, where it is held for what sort of object it is.
    pub whom: Option<TargetId>,
}

impl From<Problem> for Unresolved {
    fn from(problem: Problem) -> Self {
        Self { problem, whom: None }
    }
}

/// Decides which target a reference means, from what the directory answered.
/// Anything but exactly one fitting object is a problem, never a guess.
pub(crate) fn resolve(reference: &Reference, answer: &[DirectoryObject], accounts: AccountRules) -> Result<TargetId, Unresolved> {
    let kind = reference.kind;
    let object = match distinct(answer, kind).as_slice() {
        [] => return Err(missing(reference).into()),
        [one] => *one,
        several => return Err(ambiguous(reference, several).into()),
    };
    let is_held = |problem| Unresolved { problem, whom: Some(object.target(kind)) };
    let barred = |reason, detail| is_held(Problem::new(reason, detail));
    if kind == TargetKind::User && object.guest == Some(true) && accounts.guests == AccountPolicy::Hold {
        return Err(barred(Reason::Guest, format!("{} is a guest account", reference.label())));
    }
    if kind == TargetKind::User && object.account_enabled == Some(false) && accounts.disabled == AccountPolicy::Hold {
        return Err(barred(Reason::AccountDisabled, format!("the account of {} is disabled", reference.label())));
    }
    if kind == TargetKind::Group && object.unified == Some(false) {
        let detail = format!("the group {} is not a Microsoft 365 group, so it has no photo", reference.label());
        let cure = "Only Microsoft 365 groups carry a photo; name one, or remove the file.";
        return Err(is_held(Problem::new(Reason::TargetMissing, detail).with_cure(cure)));
    }
    if kind == TargetKind::Team && object.team == Some(false) {
        let detail = format!("no team stands behind the group {}", reference.label());
        let cure = "If the team was just made, wait 15 minutes; otherwise add a team to the group, or move the file to groups.";
        return Err(is_held(Problem::new(Reason::TargetNotReady, detail).with_cure(cure)));
    }
    Ok(object.target(kind))
}

fn distinct(answer: &[DirectoryObject], kind: TargetKind) -> Vec<&DirectoryObject> {
    let mut seen = Vec::new();
    answer
        .iter()
        .filter(|object| {
            let target = object.target(kind);
            let new = !seen.contains(&target);
            seen.push(target);
            new
        })
        .collect()
}

fn missing(reference: &Reference) -> Problem {
    Problem::new(Reason::TargetMissing, format!("the directory knows no {reference}"))
}

fn ambiguous(reference: &Reference, objects: &[&DirectoryObject]) -> Problem {
    let names: Vec<String> = objects
        .iter()
        .take(5)
        .map(|object| match object.user_principal_name.as_deref().or(object.mail.as_deref()).or(object.display_name.as_deref()) {
            Some(name) => format!("{name} ({})", object.id),
            None => object.id.clone(),
        })
        .collect();
    let more = if objects.len() > names.len() { ", …" } else { "" };
    let detail = format!("{reference} names {} objects: {}{more}", objects.len(), names.join(", "));
    Problem::new(Reason::TargetAmbiguous, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Property;

    fn object(id: &str) -> DirectoryObject {
        DirectoryObject { id: id.into(), user_principal_name: Some(format!("{id}@x")), ..Default::default() }
    }

    fn said(kind: TargetKind, answer: &[DirectoryObject], accounts: AccountRules) -> Result<String, Reason> {
        let reference = Reference::new(kind, Property::Mail, "a@b");
        resolve(&reference, answer, accounts).map(|target| target.to_string()).map_err(|none| none.problem.reason)
    }

    #[test]
    fn exactly_one_fitting_object_or_a_reason() {
        let guest = DirectoryObject { guest: Some(true), ..object("g") };
        let plain = DirectoryObject { unified: Some(false), team: Some(false), ..object("p") };
        let hold = AccountRules::default();
        let deliver = AccountRules { guests: AccountPolicy::Deliver, disabled: AccountPolicy::Deliver };
        let disabled = DirectoryObject { account_enabled: Some(false), ..object("d") };
        assert_eq!(said(TargetKind::User, &[], hold), Err(Reason::TargetMissing));
        assert_eq!(said(TargetKind::User, &[object("a")], hold), Ok("user:a".into()));
        assert_eq!(said(TargetKind::User, &[object("a"), object("a")], hold), Ok("user:a".into()));
        assert_eq!(said(TargetKind::User, &[object("a"), object("b")], hold), Err(Reason::TargetAmbiguous));
        assert_eq!(said(TargetKind::User, std::slice::from_ref(&guest), hold), Err(Reason::Guest));
        assert_eq!(said(TargetKind::User, &[guest], deliver), Ok("user:g".into()));
        assert_eq!(said(TargetKind::User, std::slice::from_ref(&disabled), hold), Err(Reason::AccountDisabled));
        assert_eq!(said(TargetKind::User, &[disabled], deliver), Ok("user:d".into()));
        assert_eq!(said(TargetKind::Group, std::slice::from_ref(&plain), hold), Err(Reason::TargetMissing));
        assert_eq!(said(TargetKind::Team, &[plain], hold), Err(Reason::TargetNotReady));
        assert_eq!(said(TargetKind::Team, &[object("t")], hold), Ok("team:t".into()));
    }

    #[test]
    fn namesakes_are_named_to_the_person_who_must_choose() {
        let reference = Reference::new(TargetKind::User, Property::DisplayName, "Anna Berg");
        let problem = resolve(&reference, &[object("a"), object("b")], AccountRules::default()).unwrap_err().problem;
        assert_eq!(problem.detail, "user displayName Anna Berg names 2 objects: a@x (a), b@x (b)");
    }
}
