//! Whose photo is replaced by ours, and whose stays: by the person's group, by the file's rule, or in general, in this order.
//!
//! The tenant is asked right before ours would go out. Between that question and the upload, some hundredths of a second,
//! a photo that somebody puts up is still replaced: Microsoft documents no conditional upload.

use std::collections::HashMap;
use std::time::Duration;

use super::deliver_policies::DeliverPolicies;
use super::policies::group_cure;
use super::run_end::Until;
use super::upload::keep_due;
use super::uploader::Uploader;
use crate::graph::{Class, Failure};
use crate::ledger::{Due, DueAction};
use crate::lookup::ScopeError;
use crate::model::{DeliverPolicy, Problem, Reason, TargetId, needs_none};

/// Members of groups are asked for again after so long.
const SERVES: Duration = Duration::from_secs(10 * 60);
/// Whether somebody has a photo is asked again after so long.
const REMEMBERED: Duration = Duration::from_secs(3600);

impl Uploader {
    /// What the settings say of a target whose file a rule claims.
    pub(crate) async fn deliver_policy(&self, target: &TargetId, rule: Option<&str>) -> Result<DeliverPolicy, ScopeError> {
        let DeliverPolicies { settings, members, .. } = &*self.deliver;
        if !settings.ask_groups(target) {
            return Ok(settings.of(target, rule, &[]));
        }
        self.know_groups().await?;
        let known = members.lock().await;
        Ok(settings.of(target, rule, known.as_ref().map(|(_, groups)| &**groups).unwrap_or_default()))
    }

    /// Asks for the members of the groups that decide, unless that was done not long ago.
    pub(crate) async fn know_groups(&self) -> Result<(), ScopeError> {
        let DeliverPolicies { settings, members, .. } = &*self.deliver;
        let now = self.clock.elapsed();
        let mut known = members.lock().await;
        if settings.by_group.is_empty() || known.as_ref().is_some_and(|(at, _)| now.saturating_sub(*at) < SERVES) {
            return Ok(());
        }
        *known = Some((now, self.directory.members_of_each(&settings.by_group, "deliver.by_group").await?));
        Ok(())
    }

    /// Why a photo must not go out now, if its target has one that is not ours and is to keep it.
    pub(super) async fn keeps_its_own(&self, due: &Due) -> Result<Option<Problem>, Failure> {
        let DueAction::Upload { version, .. } = &due.action else { return Ok(None) };
        if version.is_default_picture() {
            return self.has_its_own(due).await;
        }
        if !self.deliver.may_leave() {
            return Ok(None);
        }
        let rule = due.binding.as_ref().and_then(|binding| binding.rule.as_deref());
        match self.deliver_policy(&due.target, rule).await {
            Ok(DeliverPolicy::Always) => return Ok(None),
            Ok(DeliverPolicy::OnlyWhereMissing) => {}
            Err(ScopeError::Directory(failure)) => return Err(failure.undecided()),
            // The next pass halts for it; until then it waits.
            Err(ScopeError::Halt(halt)) => return Err(Failure::local(Class::FewTries, halt.message, group_cure("deliver"))),
        }
        let is_others = self.shows_another(due).await.map_err(keep_due)?;
        let words = "Microsoft 365 has a photo that photosyncd did not deliver, and only those without one are to get theirs";
        Ok(is_others.then(|| Problem::new(Reason::HasPhoto, words)))
    }

    /// Why a default picture must not go out, if its owner has a photo: it is never put over one that is not the default
    /// picture we delivered, whoever put it there.
    async fn has_its_own(&self, due: &Due) -> Result<Option<Problem>, Failure> {
        // Who can have no photo needs none: that is told, not asked for ever.
        let failed = |failure: Failure| match failure.class {
            Class::NoMailbox | Class::NoExchange | Class::Guest => failure,
            _ => keep_due(failure),
        };
        let is_others = self.shows_another(due).await.map_err(failed)?;
        Ok(is_others.then(|| needs_none("Microsoft 365 has a photo of this person, so the default picture is not sent")))
    }

    /// Whether the tenant shows a photo that is not the one we delivered.
    async fn shows_another(&self, due: &Due) -> Result<bool, Failure> {
        let graph = &self.directory.tenant.graph;
        if due.names().flatten().next().is_some() {
            return Ok(graph.photo_etag(&due.target).await?.is_some_and(|there| !due.is_ours(&there)));
        }
        // What can't be recognised as ours may be somebody else's.
        graph.has_photo(&due.target).await
    }

    /// Who of these has a photo, as far as the tenant says so: whoever has no place for one has none. Asked are those of whom
    /// that was not seen within the hour. None if it was ended before all were asked.
    pub(crate) async fn who_has_a_photo(
        &self,
        targets: impl Iterator<Item = &TargetId>,
        until: &Until,
    ) -> Result<Option<HashMap<TargetId, bool>>, Failure> {
        let now = self.clock.elapsed();
        let mut seen = self.deliver.photos.lock().await;
        seen.retain(|_, (_, at)| now.saturating_sub(*at) < REMEMBERED);
        let (mut there, mut open) = (HashMap::new(), Vec::new());
        for target in targets {
            match seen.get(target) {
                Some((is_there, _)) => _ = there.insert(target.clone(), *is_there),
                None => open.push(target.clone()),
            }
        }
        drop(seen);
        let (found, read) = self.photos_there(open, until).await;
        let is_there = |answer: Result<bool, Problem>| answer.map_or_else(|why| why.is_nowhere().then_some(false), Some);
        let now = self.clock.elapsed();
        let mut seen = self.deliver.photos.lock().await;
        for (target, is_there) in found.into_iter().filter_map(|(target, answer)| Some((target, is_there(answer)?))) {
            seen.insert(target.clone(), (is_there, now));
            there.insert(target, is_there);
        }
        match (read.failure, read.stopped) {
            (Some(failure), _) => Err(failure),
            (None, Some(_)) => Ok(None),
            (None, None) => Ok(Some(there)),
        }
    }
}
