//! The accounts that a name led to and leads to now, as a person knows them.

use std::collections::{HashMap, HashSet};

use super::directory::Directory;
use crate::model::{DirectoryObject, LedgerView, ObjectId, Property, Reference, TargetId, TargetKind};
use crate::plan::{PlannedFile, moved};

/// Accounts asked about at most in one pass, 15 in a question; further ones are told by their ids until a later pass.
const MOST: usize = 300;

impl Directory {
    /// Asks the directory for the accounts of names that lead to another object than before, or to none. Those that it
    /// could not be asked about are not among the answers.
    pub(crate) async fn accounts(&self, files: &[PlannedFile], view: &LedgerView) -> HashMap<TargetId, String> {
        let mut targets = moved(files, view);
        targets.sort();
        targets.dedup();
        targets.truncate(MOST);
        let references: Vec<(TargetId, Reference)> =
            targets.into_iter().filter_map(|target| Some((target.clone(), by_id(&target)?))).collect();
        if references.is_empty() {
            return HashMap::new();
        }
        let asked: Vec<Reference> = references.iter().map(|(_, reference)| reference.clone()).collect();
        let answers = self.tenant.graph.resolve_soon(&asked).await;
        let told = references.into_iter().zip(answers).filter_map(|((target, _), answer)| {
            let name = in_words(&target, answer.ok()?.first());
            Some((target, name))
        });
        told.collect()
    }

    /// Those of which there is no such account, group or contact any more, in Graph's own words about its id. Waits for no
    /// pause; whatever else is answered leaves it open.
    pub(crate) async fn gone<'a>(&self, targets: impl Iterator<Item = &'a TargetId>) -> HashSet<TargetId> {
        let (targets, references): (Vec<&TargetId>, Vec<Reference>) =
            targets.filter_map(|target| Some((target, by_id(target)?))).unzip();
        let answers = self.tenant.graph.resolve_soon(&references).await;
        let told = targets.into_iter().zip(answers).filter(|(_, answer)| answer.as_ref().is_ok_and(Vec::is_empty));
        told.map(|(target, _)| target.clone()).collect()
    }
}

fn by_id(target: &TargetId) -> Option<Reference> {
    Some(match target {
        TargetId::User(id) => Reference::new(TargetKind::User, Property::Id, id.as_str()),
        TargetId::Group(id) | TargetId::Team(id) => Reference::new(TargetKind::Group, Property::Id, id.as_str()),
        TargetId::Contact { owner, folder, contact } => {
            let owner = owner.as_ref().map_or("me", ObjectId::as_str);
            Reference::contact(owner, folder.as_ref().map(ObjectId::as_str), Property::Id, contact.as_str())
        }
        TargetId::Me => return None,
    })
}

/// `Anna Berg (anna@contoso.com, created 2019-04-01, id 12…)`
fn in_words(target: &TargetId, object: Option<&DirectoryObject>) -> String {
    let id = match (target.object_id(), target) {
        (Some(id), TargetId::Contact { owner: Some(owner), .. }) => format!("id {id} in the mailbox of {owner}"),
        (Some(id), _) => format!("id {id}"),
        (None, _) => target.to_string(),
    };
    let Some(object) = object else { return format!("{id} (deleted, or not readable)") };
    let name = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let mut names = [&object.display_name, &object.user_principal_name, &object.mail, &object.mail_nickname];
    if object.user_principal_name.is_some() {
        // The sign-in name says more than an address that may be an alias.
        names[2] = &None;
        names[3] = &None;
    }
    let mut names: Vec<String> = names.into_iter().filter_map(name).collect();
    names.truncate(2);
    names.extend(object.created_at().map(|at| format!("created {}", at.to_string().get(..10).unwrap_or_default())));
    names.push(id);
    let more = names.split_off(1).join(", ");
    let first = names.concat();
    if more.is_empty() { first } else { format!("{first} ({more})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_as_far_as_it_is_known() {
        let user = |object: Option<DirectoryObject>| in_words(&TargetId::User(ObjectId::new("7")), object.as_ref());
        let text = |text: &str| Some(text.to_owned());
        let anna = DirectoryObject {
            display_name: text("Anna Berg"),
            user_principal_name: text("anna@contoso.com"),
            mail: text("a.berg@contoso.com"),
            created: Some(1_554_076_800_000),
            ..DirectoryObject::default()
        };
        assert_eq!(user(Some(anna.clone())), "Anna Berg (anna@contoso.com, created 2019-04-01, id 7)");
        assert_eq!(user(Some(DirectoryObject { display_name: text(" "), created: None, ..anna })), "anna@contoso.com (id 7)");
        assert_eq!(user(Some(DirectoryObject::default())), "id 7");
        assert_eq!(user(None), "id 7 (deleted, or not readable)");
        let contact = TargetId::Contact { owner: Some(ObjectId::new("o")), folder: None, contact: ObjectId::new("c") };
        let fred = DirectoryObject { display_name: text("Fred"), mail: text("fred@x.com"), ..DirectoryObject::default() };
        assert_eq!(in_words(&contact, Some(&fred)), "Fred (fred@x.com, id c in the mailbox of o)");
    }
}
