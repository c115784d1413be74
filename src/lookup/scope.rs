//! Who is in scope, asked anew for each pass: the transitive members of the groups that the settings name.

use std::collections::HashSet;

use super::directory::{Directory, ScopeSettings};
use crate::graph::Failure;
use crate::mapping::Scope;
use crate::model::{ObjectId, Property, Reference, TargetKind};
use crate::plan::{Guard, Halt};

/// Why nobody can be said to be in scope.
#[derive(Debug)]
pub(crate) enum ScopeError {
    /// A group that is not there, or not the only one: going on would serve people who must not be served.
    Halt(Halt),
    /// The directory can't be asked.
    Directory(Failure),
}

impl Directory {
    /// Who is in scope; none if everybody is.
    pub(crate) async fn in_scope(&self) -> Result<Option<Scope>, ScopeError> {
        let ScopeSettings { include_groups, exclude_groups, .. } = &*self.scope;
        if include_groups.is_empty() && exclude_groups.is_empty() {
            return Ok(None);
        }
        Ok(Some(Scope {
            include: if include_groups.is_empty() { None } else { Some(self.members(include_groups, "include_groups").await?) },
            exclude: self.members(exclude_groups, "exclude_groups").await?,
        }))
    }

    async fn members(&self, groups: &[String], key: &str) -> Result<HashSet<ObjectId>, ScopeError> {
        let mut members = HashSet::new();
        for (at, group) in groups.iter().enumerate() {
            members.extend(self.members_of(group, &format!("scope.{key}[{at}]")).await?);
        }
        Ok(members)
    }

    /// The transitive members of the one group that is named at this place of the configuration.
    pub(crate) async fn members_of(&self, group: &str, place: &str) -> Result<HashSet<ObjectId>, ScopeError> {
        let id = self.group(group, place).await?;
        Ok(self.tenant.graph.transitive_members(&id).await.map_err(ScopeError::Directory)?.into_iter().collect())
    }

    /// The members of each group that has a word of its own in the list under this key.
    pub(crate) async fn members_of_each<P: Copy>(
        &self,
        named: &[(String, P)],
        key: &str,
    ) -> Result<Vec<(HashSet<ObjectId>, P)>, ScopeError> {
        let mut groups = Vec::new();
        for (at, (group, word)) in named.iter().enumerate() {
            groups.push((self.members_of(group, &format!("{key}[{at}]")).await?, *word));
        }
        Ok(groups)
    }

    /// The users in each group of the list under this key, transitively: their ids and sign-in names. A simulated tenant
    /// inside this process has no groups.
    pub(crate) async fn people_of_each(
        &self,
        groups: impl IntoIterator<Item = &str>,
        key: &str,
    ) -> Result<Vec<Vec<(ObjectId, String)>>, ScopeError> {
        let mut people = Vec::new();
        for (at, group) in groups.into_iter().enumerate() {
            if self.tenant.embedded.is_some() {
                people.push(Vec::new());
                continue;
            }
            let id = self.group(group, &format!("{key}[{at}]")).await?;
            people.push(self.tenant.graph.transitive_users(&id).await.map_err(ScopeError::Directory)?);
        }
        Ok(people)
    }

    /// The one group of this name: by id or mail address, which are nobody else's; else by alias and display name, which may
    /// be two groups'.
    /// What goes wrong is told by the place in the configuration: a halt is logged, and a name may be an address.
    async fn group(&self, name: &str, place: &str) -> Result<ObjectId, ScopeError> {
        let halt = |what: &str| {
            let message = format!("{place} names a group {what}; write its object id there");
            ScopeError::Halt(Halt::new(Guard::Scope, message))
        };
        let mut named: Option<ObjectId> = None;
        for property in [Property::Id, Property::Mail, Property::MailNickname, Property::DisplayName] {
            let shaped = match property {
                Property::Id => name.len() == 36 && name.bytes().filter(|byte| *byte == b'-').count() == 4,
                Property::Mail => name.contains('@'),
                _ => true,
            };
            if !shaped {
                continue;
            }
            let reference = Reference::new(TargetKind::Group, property, name);
            let found = self.tenant.graph.resolve(std::slice::from_ref(&reference)).await.map_err(ScopeError::Directory)?;
            match found.first().map_or(&[][..], Vec::as_slice) {
                [] => {}
                [one] => {
                    let id = ObjectId::new(&one.id);
                    if named.as_ref().is_some_and(|named| *named != id) {
                        return Err(halt("of whose name there are several"));
                    }
                    named = Some(id);
                }
                _ => return Err(halt("of whose name there are several")),
            }
            if named.is_some() && matches!(property, Property::Id | Property::Mail) {
                break;
            }
        }
        named.ok_or_else(|| halt("that the directory does not know"))
    }
}
