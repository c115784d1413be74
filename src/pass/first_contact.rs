//! Whose photos would be replaced though nobody here put them there: asked of the tenant before anything is sent to people
//! who never had a photo from here.

use std::collections::HashMap;

use super::pass_error::PassError;
use super::proposal::Proposal;
use crate::delivery::{Until, Uploader};
use crate::lookup::ScopeError;
use crate::model::{DeliverPolicy, DeliveryState, Reason, TargetId};
use crate::plan::{GuardSettings, Halt, Why, first_contact};

/// Photos in the tenant that nobody here remembers, at targets that are to get their first photo from here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strangers {
    /// Targets that are to get their first photo from here, as far as they were asked about.
    pub asked: usize,
    /// Those whose photo would be replaced.
    pub replaced: Vec<TargetId>,
    /// Those whose photo stays, as `deliver` says.
    pub kept: usize,
    /// Those of whom Microsoft 365 does not say whether they have one.
    pub unknown: Vec<TargetId>,
}

/// What keeps its own photo, as the settings said.
const HAS_PHOTO: DeliveryState = DeliveryState::Blocked { reason: Reason::HasPhoto };

/// Which targets a plan gives a photo for the first time, with the rules that claim their files. Whoever was planned for
/// before is known: a person agreed to it, or was not asked since there was nothing to ask. That a photo was to stay is no yes.
fn newcomers(proposal: &Proposal) -> HashMap<TargetId, Option<&str>> {
    // A group and its team are one object with one photo.
    let known = &proposal.view.targets;
    let is_known = |target: &TargetId| known.get(target).is_some_and(|known| known.state != HAS_PHOTO);
    let is_known = |target: &TargetId| is_known(target) || target.twin().is_some_and(|twin| is_known(&twin));
    let new = proposal
        .plan
        .deliveries()
        // A default picture never replaces a photo.
        .filter(|(_, target, version, why)| matches!(why, Why::New) && !version.is_default_picture() && !is_known(target));
    new.map(|(entry, target, ..)| (target.clone(), proposal.rule_of(entry.file))).collect()
}

/// Says what stops everything if photos are to go out and a group that decides whose photo is replaced is not there.
pub(crate) async fn missing_group(proposal: &Proposal, uploader: &Uploader) -> Result<Option<Halt>, PassError> {
    if proposal.plan.deliveries().next().is_none() {
        return Ok(None);
    }
    match uploader.know_groups().await {
        Ok(()) => Ok(None),
        Err(ScopeError::Halt(halt)) => Ok(Some(halt)),
        Err(ScopeError::Directory(failure)) => Err(PassError::Directory(failure)),
    }
}

/// Asks who of them has a photo; none if it was ended before all were asked, which says nothing. Nobody is asked of a
/// simulated tenant inside this process, which holds none.
pub(crate) async fn strangers(proposal: &Proposal, uploader: &Uploader, until: &Until) -> Result<Option<Strangers>, PassError> {
    let new = newcomers(proposal);
    if new.is_empty() || uploader.directory.tenant.embedded.is_some() {
        return Ok(Some(Strangers::default()));
    }
    let Some(there) = uploader.who_has_a_photo(new.keys(), until).await.map_err(PassError::Directory)? else { return Ok(None) };
    let unknown = new.keys().filter(|target| !there.contains_key(*target)).cloned().collect();
    let mut strangers = Strangers { asked: new.len(), unknown, ..Strangers::default() };
    for (target, _) in there.into_iter().filter(|(_, there)| *there) {
        let rule = new.get(&target).copied().flatten();
        match uploader.deliver_policy(&target, rule).await {
            Ok(DeliverPolicy::OnlyWhereMissing) => strangers.kept += 1,
            Ok(DeliverPolicy::Always) | Err(ScopeError::Halt(_)) => strangers.replaced.push(target),
            Err(ScopeError::Directory(failure)) => return Err(PassError::Directory(failure)),
        }
    }
    Ok(Some(strangers))
}

/// Whether a pass has to ask first: most of its photos are for people who never had one from here.
pub(crate) fn is_first_contact(proposal: &Proposal, delivered: usize, settings: &GuardSettings) -> bool {
    !settings.replace_at_first_contact && newcomers(proposal).len() > delivered
}

impl Strangers {
    /// The guard's word on them.
    pub(crate) fn halt(&self) -> Option<Halt> {
        first_contact(&self.replaced, &self.unknown, self.asked)
    }
}
