//! Who has no photo: no file in the source, no photo in Microsoft 365, or neither.

use std::collections::{HashMap, HashSet};

use super::pass_error::PassError;
use super::proposal::Proposal;
use super::run::Pass;
use crate::delivery::{ReadEnd, Shown, Until};
use crate::ledger::{DriftRow, LedgerSource};
use crate::lookup::with_file;
use crate::model::{DeliveryState, ObjectId, PhotoVersion, Problem, Reason, TargetId, named};
use crate::plan::{Decision, PlanEntry};

named! {
    /// What somebody lacks.
    pub(crate) enum GapKind {
        /// A file; Microsoft 365 shows a photo all the same.
        NoFile = "no_file",
        /// A photo in Microsoft 365, though there is a file.
        NoPhoto = "no_photo",
        /// Both.
        Neither = "neither",
        /// A file; Microsoft 365 shows the default picture of a group.
        DefaultPicture = "default_picture",
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
    /// accepted yet, or was found otherwise since: of the others the ledger says that Microsoft 365 has it, and `verify` whether
    /// it still does. Whoever was given a default picture may show a photo of their own by now.
    pub(crate) async fn gaps(
        &self,
        proposal: &Proposal,
        memory: LedgerSource<'_>,
        drifted: &[DriftRow],
        until: &Until,
    ) -> Result<Gaps, PassError> {
        let drifted: HashSet<&TargetId> = drifted.iter().map(|row| &row.object_id).collect();
        let of_file = |entry: &&PlanEntry| !proposal.files[entry.file].path.is_default_picture();
        let in_step = proposal.plan.entries.iter().filter(of_file).filter_map(|entry| match &entry.decision {
            Decision::Unchanged(target @ TargetId::User(id)) if !drifted.contains(target) => Some(id),
            _ => None,
        });
        let people = self.uploader.directory.people_but(&in_step.collect()).await.map_err(PassError::Directory)?;
        // What the ledger says we gave them is no photo of their own.
        let (with_file, defaults) = (with_file(&proposal.files), with_default(proposal, &drifted));
        let (shown, people): (Vec<_>, Vec<_>) =
            people.into_iter().partition(|(id, _)| defaults.contains(id) && !with_file.contains(id));
        let targets = people.iter().map(|(id, _)| TargetId::User(id.clone()));
        let (found, read) = self.uploader.photos_there(targets, until).await;
        let mut gaps = Gaps { why: read.problem.clone(), read, ..Gaps::default() };
        gaps.take(people, &with_file, &found);
        let targets: Vec<TargetId> = shown.iter().map(|(id, _)| TargetId::User(id.clone())).collect();
        let own = memory.read(move |reader| reader.own_names(&targets)).await?;
        let own = self.uploader.shown(own, until).await.map_err(PassError::Directory)?;
        gaps.people.extend(shown.into_iter().map(|(id, name)| {
            let kind = match own.get(&TargetId::User(id.clone())) {
                Some(Shown::Another) => GapKind::NoFile,
                Some(Shown::Nothing) => GapKind::Neither,
                Some(Shown::Ours | Shown::Unrecognised) | None => GapKind::DefaultPicture,
            };
            Gap { name, id, has_file: false, kind }
        }));
        gaps.people.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(gaps)
    }
}

/// People whose default picture is in the tenant, as far as the ledger knows.
fn with_default<'a>(proposal: &'a Proposal, drifted: &HashSet<&TargetId>) -> HashSet<&'a ObjectId> {
    let shown = proposal.view.targets.iter().filter(|(target, known)| {
        let is_default = known.delivered.as_ref().is_some_and(PhotoVersion::is_default_picture);
        is_default && !drifted.contains(target) && known.state != DeliveryState::Blocked { reason: Reason::HasPhoto }
    });
    shown.filter_map(|(target, _)| target.object_id()).collect()
}

impl Gaps {
    fn take(
        &mut self,
        people: Vec<(ObjectId, String)>,
        with_file: &HashSet<&ObjectId>,
        found: &HashMap<TargetId, Result<bool, Problem>>,
    ) {
        for (id, name) in people {
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
