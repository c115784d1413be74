//! For a dry run: what the tenant makes of a plan. Whoever shows a photo that is not ours may keep it from ours, and only ours is
//! removed. A pass that delivers asks right before each is sent or removed.

use std::collections::{HashMap, HashSet};

use super::pass_error::PassError;
use super::proposal::Proposal;
use crate::delivery::{Shown, Until, Uploader};
use crate::ledger::{LedgerSource, Reader};
use crate::model::target_state::nobody_can_tell;
use crate::model::{DeliverPolicy, DeliveryState, Gone, OwnNames, Reason, TargetId};
use crate::plan::{ByHand, Decision, Release, Removal, RemovalCause};

impl Proposal {
    /// Takes out of the plan what the tenant would not let happen. Nobody is asked twice within the hour whether they have a
    /// photo, and nobody of a simulated tenant inside this process, which holds none. Of whom nothing is known, what is
    /// planned stays.
    pub(crate) async fn foresee(
        &mut self,
        uploader: &Uploader,
        memory: LedgerSource<'_>,
        until: &Until,
    ) -> Result<(), PassError> {
        if uploader.directory.tenant.embedded.is_some() {
            return Ok(());
        }
        let kept_from = self.kept_from_others(uploader).await;
        // What is held back is not removed anyway.
        let removed = if self.halts.is_empty() { self.plan.removals.as_slice() } else { &[] };
        let mut targets: Vec<TargetId> = removed.iter().map(|removal| removal.target.clone()).collect();
        targets.extend(kept_from.keys().cloned());
        if targets.is_empty() {
            return Ok(());
        }
        let mut own = memory.read(move |reader| reader.own_names(&targets)).await?;
        for (target, at) in &kept_from {
            // A default picture goes over a default picture only, not over a photo of ours that was more.
            let names = own.entry(target.clone()).or_default();
            if self.files[self.plan.entries[*at].file].path.is_default_picture() && !names.is_default_picture {
                *names = OwnNames::default();
            }
        }
        let may_be_ours: HashSet<TargetId> =
            own.iter().filter(|(_, own)| own.may_be_ours).map(|(target, _)| target.clone()).collect();
        let shown = uploader.shown(own, until).await.map_err(PassError::Directory)?;
        self.keep_others(kept_from, &shown);
        self.remove_ours(&shown, &may_be_ours);
        Ok(())
    }

    /// How many default pictures are in the tenant that the plan leaves as they are without a word: their groups can't be read,
    /// say.
    pub(crate) async fn default_pictures_untold(&self, memory: LedgerSource<'_>) -> Result<u32, PassError> {
        if self.stopped_for_good().is_some() {
            return Ok(0);
        }
        let shown = memory.read(Reader::people_with_default_picture).await?;
        let planned = self.files.iter().filter_map(|file| file.path.default_picture_of());
        let served = self.files.iter().filter_map(|file| file.identifies().cloned());
        let released = self.plan.releases.iter().map(|release| release.target.clone());
        let removed = self.plan.removals.iter().map(|removal| removal.target.clone());
        let told: HashSet<TargetId> = planned.chain(served).chain(released).chain(removed).collect();
        Ok(u32::try_from(shown.iter().filter(|target| !told.contains(target)).count()).unwrap_or(u32::MAX))
    }

    /// Deliveries that must not replace a photo that is not ours, by target.
    async fn kept_from_others(&self, uploader: &Uploader) -> HashMap<TargetId, usize> {
        let (mut kept_from, mut is_known) = (HashMap::new(), true);
        for (at, entry) in self.plan.entries.iter().enumerate() {
            let Decision::Deliver(target, version, _) = &entry.decision else { continue };
            let mut stays = version.is_default_picture();
            if !stays && is_known {
                match uploader.deliver_policy(target, self.rule_of(entry.file)).await {
                    Ok(policy) => stays = policy == DeliverPolicy::OnlyWhereMissing,
                    // Of the others it could not be told either.
                    Err(_) => is_known = false,
                }
            }
            if stays {
                kept_from.insert(target.clone(), at);
            }
        }
        kept_from
    }

    /// Whoever shows another photo keeps it.
    fn keep_others(&mut self, kept_from: HashMap<TargetId, usize>, shown: &HashMap<TargetId, Shown>) {
        let is_kept = |target: &TargetId| matches!(shown.get(target), Some(Shown::Another | Shown::Unrecognised));
        for (_, at) in kept_from.into_iter().filter(|(target, _)| is_kept(target)) {
            let decision = &mut self.plan.entries[at].decision;
            if let Decision::Deliver(target, version, _) = decision {
                let state = DeliveryState::Blocked { reason: Reason::HasPhoto };
                *decision = Decision::Pending(target.clone(), version.clone(), state);
            }
        }
    }

    /// Nothing is removed but what is ours: what is not is forgotten, and what may be is a person's to take out.
    fn remove_ours(&mut self, shown: &HashMap<TargetId, Shown>, may_be_ours: &HashSet<TargetId>) {
        let plan = &mut self.plan;
        let stays = |removal: &mut Removal| !matches!(shown.get(&removal.target), None | Some(Shown::Ours));
        for Removal { target, cause, .. } in plan.removals.extract_if(.., stays) {
            let (path, label) = match cause {
                // Its file says what holds it.
                RemovalCause::OptOut(_) => (None, String::new()),
                RemovalCause::FileGone(Gone { path, label, .. }) => (Some(path), label),
                RemovalCause::DefaultEnds { path, label } => (path, label),
            };
            if shown.get(&target) != Some(&Shown::Nothing) && may_be_ours.contains(&target) {
                plan.departures.by_hand.push(ByHand { target, label, problem: nobody_can_tell(), standing: false });
            } else if path.is_some() {
                plan.releases.push(Release { target, path });
            }
        }
        plan.releases.sort_by(|a, b| a.target.cmp(&b.target));
    }
}
