//! Photos that were kept from people who have another one, as `deliver` said: where it says otherwise by now, in general, by
//! the file's rule or since somebody left a group, they are wanted at once.

use super::proposal::Proposal;
use crate::delivery::Uploader;
use crate::lookup::ScopeError;
use crate::model::{DeliverPolicy, DeliveryState, Reason};
use crate::plan::{Decision, Why};

impl Proposal {
    /// Plans for them. Of whom the policy can't be told now, nothing changes.
    pub(crate) async fn follow_deliver(&mut self, uploader: &Uploader) {
        if self.out_of_reach.is_some() {
            return;
        }
        for at in 0..self.plan.entries.len() {
            let entry = &self.plan.entries[at];
            let Decision::Pending(target, version, DeliveryState::Blocked { reason: Reason::HasPhoto }) = &entry.decision else {
                continue;
            };
            // A default picture never replaces a photo.
            if version.is_default_picture() {
                continue;
            }
            match uploader.deliver_policy(target, self.rule_of(entry.file)).await {
                Ok(DeliverPolicy::Always) => {
                    self.plan.entries[at].decision = Decision::Deliver(target.clone(), version.clone(), Why::New);
                }
                Ok(DeliverPolicy::OnlyWhereMissing) => {}
                // The guard names the group, or the directory is asked again at the next pass.
                Err(ScopeError::Halt(_) | ScopeError::Directory(_)) => return,
            }
        }
    }

    /// The rule that claims a file.
    pub(super) fn rule_of(&self, file: usize) -> Option<&str> {
        self.files[file].claim.as_ref()?.as_ref().ok().map(|claim| &*claim.rule)
    }
}
