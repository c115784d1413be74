//! Whose photo is replaced by ours, and whose stays: by the person's group, by the file's rule, or in general, in this order.
//!
//! The tenant is asked right before ours would go out. Between that question and the upload, some hundredths of a second,
//! a photo that somebody puts up is still replaced: Microsoft documents no conditional upload.

use std::collections::HashMap;
use std::time::Duration;

use super::deliver_policies::DeliverPolicies;
use super::policies::group_cure;
use super::upload::keep_due;
use super::uploader::Uploader;
use crate::graph::Failure;
use crate::ledger::{Due, DueAction};
use crate::lookup::ScopeError;
use crate::model::{DeliverPolicy, Problem, Reason, TargetId};

/// Members of groups are asked for again after so long.
const SERVES: Duration = Duration::from_secs(10 * 60);
/// Whether somebody has a photo is asked again by a pass after so long.
const REMEMBERED: Duration = Duration::from_secs(3600);

impl Uploader {
    /// What the settings say of a target whose file a rule claims.
    pub(crate) async fn deliver_policy(&self, target: &TargetId, rule: Option<&str>) -> Result<DeliverPolicy, ScopeError> {
        let DeliverPolicies { settings, members, .. } = &*self.deliver;
        if !settings.ask_groups(target) {
            return Ok(settings.of(target, rule, &[]));
        }
        let now = self.clock.elapsed();
        let mut known = members.lock().await;
        if let Some((_, groups)) = known.as_ref().filter(|(at, _)| now.saturating_sub(*at) < SERVES) {
            return Ok(settings.of(target, rule, groups));
        }
        let (_, groups) = known.insert((now, self.directory.members_of_each(&settings.by_group, "deliver.by_group").await?));
        Ok(settings.of(target, rule, groups))
    }

    /// Why a photo must not go out now, if its target has one that is not ours and is to keep it.
    pub(super) async fn keeps_its_own(&self, due: &Due) -> Result<Option<Problem>, Failure> {
        if !self.deliver.may_leave() || !matches!(due.action, DueAction::Upload { .. }) {
            return Ok(None);
        }
        let rule = due.binding.as_ref().and_then(|binding| binding.rule.as_deref());
        match self.deliver_policy(&due.target, rule).await {
            Ok(DeliverPolicy::Always) => return Ok(None),
            Ok(DeliverPolicy::OnlyWhereMissing) => {}
            Err(ScopeError::Directory(failure)) => return Err(failure.undecided()),
            Err(ScopeError::Halt(halt)) => {
                return Ok(Some(Problem::new(Reason::TargetMissing, halt.message).with_cure(group_cure("deliver"))));
            }
        }
        let graph = &self.directory.tenant.graph;
        let is_others = match &due.ours {
            Some(Some(ours)) => graph.photo_etag(&due.target).await.map_err(keep_due)?.is_some_and(|there| there != *ours),
            // What can't be recognised as ours may be somebody else's.
            Some(None) | None => graph.has_photo(&due.target).await.map_err(keep_due)?,
        };
        let words = "Microsoft 365 has a photo that photosyncd did not deliver, and only those without one are to get theirs";
        Ok(is_others.then(|| Problem::new(Reason::HasPhoto, words)))
    }

    /// Which of these were seen with, or without, a photo not long ago.
    pub(crate) async fn remembered_photos(&self) -> HashMap<TargetId, bool> {
        let now = self.clock.elapsed();
        let mut photos = self.deliver.photos.lock().await;
        photos.retain(|_, (_, at)| now.saturating_sub(*at) < REMEMBERED);
        photos.iter().map(|(target, (there, _))| (target.clone(), *there)).collect()
    }

    /// Remembers who has a photo.
    pub(crate) async fn remember_photos(&self, found: impl IntoIterator<Item = (TargetId, bool)>) {
        let now = self.clock.elapsed();
        let mut photos = self.deliver.photos.lock().await;
        photos.extend(found.into_iter().map(|(target, there)| (target, (there, now))));
    }
}
