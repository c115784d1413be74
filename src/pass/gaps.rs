//! Who has no photo: no file in the source, no photo in Microsoft 365, or neither.

use std::collections::{HashMap, HashSet};

use super::pass_error::PassError;
use super::proposal::Proposal;
use super::run::Pass;
use crate::delivery::{ReadEnd, Until};
use crate::lookup::ScopeError;
use crate::model::{DirectoryObject, ObjectId, Problem, TargetId, named};
use crate::plan::Decision;

named! {
    /// What somebody lacks.
    pub(crate) enum GapKind {
        /// A file; Microsoft 365 shows a photo all the same.
        NoFile = "no_file",
        /// A photo in Microsoft 365, though there is a file.
        NoPhoto = "no_photo",
        /// Both.
        Neither = "neither",
        /// It can't be said whether Microsoft 365 has a photo.
        Unknown = "unknown",
    }
}

/// Somebody in scope who lacks a file or a photo.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    /// Their sign-in name.
    pub name: String,
    /// Whose photo it would be.
    pub id: ObjectId,
    /// Whether a file is there for them.
    pub has_file: bool,
    /// What is lacking.
    pub kind: GapKind,
}

/// Everybody who lacks something, by sign-in name, and how the questions ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps {
    /// Who.
    pub people: Vec<Gap>,
    /// How the questions about photos ended.
    pub read: ReadEnd,
    /// Why something is not known, once.
    pub why: Option<Problem>,
}

impl Pass {
    /// Asks for every user of the tenant, and for the photo of each in scope who has no file, or whose file was not
    /// accepted yet: of the others the ledger says that Microsoft 365 has it, and `verify` whether it still does.
    pub(crate) async fn gaps(&self, proposal: &Proposal, until: &Until) -> Result<Gaps, PassError> {
        let (mut with_file, mut in_step): (HashSet<&ObjectId>, HashSet<&ObjectId>) = (HashSet::new(), HashSet::new());
        for file in &proposal.files {
            if let Some(Ok(TargetId::User(id))) = &file.resolved {
                with_file.insert(id);
            }
        }
        for entry in &proposal.plan.entries {
            if let Decision::Unchanged(TargetId::User(id)) = &entry.decision {
                in_step.insert(id);
            }
        }
        let mut people: Vec<(String, ObjectId)> = Vec::new();
        let take = |object: DirectoryObject| {
            let id = ObjectId::new(&object.id);
            if !in_step.contains(&id) {
                people.push((object.user_principal_name.unwrap_or(object.id), id));
            }
        };
        match self.uploader.directory.people(take).await {
            // The pass was halted for it already.
            Ok(()) | Err(ScopeError::Halt(_)) => {}
            Err(ScopeError::Directory(failure)) => return Err(PassError::Directory(failure)),
        }
        people.sort_unstable();
        let targets = people.iter().map(|(_, id)| TargetId::User(id.clone()));
        let (found, read) = self.uploader.photos_there(targets, until).await;
        let mut gaps = Gaps { why: read.problem.clone(), read, ..Gaps::default() };
        gaps.take(people, &with_file, &found);
        Ok(gaps)
    }
}

impl Gaps {
    fn take(
        &mut self,
        people: Vec<(String, ObjectId)>,
        with_file: &HashSet<&ObjectId>,
        found: &HashMap<TargetId, Result<bool, Problem>>,
    ) {
        for (name, id) in people {
            let has_file = with_file.contains(&id);
            let kind = match (found.get(&TargetId::User(id.clone())), has_file) {
                (Some(Ok(true)), true) => continue,
                (Some(Ok(true)), false) => GapKind::NoFile,
                (Some(Ok(false)), true) => GapKind::NoPhoto,
                (Some(Ok(false)), false) => GapKind::Neither,
                (Some(Err(problem)), _) => {
                    self.why.get_or_insert_with(|| problem.clone());
                    GapKind::Unknown
                }
                (None, _) => GapKind::Unknown,
            };
            self.people.push(Gap { name, id, has_file, kind });
        }
    }

    /// How many lack this.
    pub(crate) fn count(&self, kind: GapKind) -> usize {
        self.people.iter().filter(|gap| gap.kind == kind).count()
    }
}
