//! For a dry run: who has a photo, and so needs no default picture. A pass that delivers asks right before each is sent.

use std::collections::HashMap;

use super::pass_error::PassError;
use super::proposal::Proposal;
use crate::delivery::{Until, Uploader};
use crate::model::{DeliveryState, Reason, TargetId};
use crate::plan::Decision;

impl Proposal {
    /// Leaves out default pictures of people who have a photo already. Nobody is asked twice within the hour, nor of a
    /// simulated tenant inside this process, which holds none.
    pub(crate) async fn leave_own_photos(&mut self, uploader: &Uploader, until: &Until) -> Result<(), PassError> {
        let mut given: HashMap<TargetId, usize> = HashMap::new();
        for (at, entry) in self.plan.entries.iter().enumerate() {
            if let Decision::Deliver(target, version, _) = &entry.decision
                && version.is_default_picture()
                && self.view.targets.get(target).is_none_or(|known| known.delivered.is_none())
            {
                given.insert(target.clone(), at);
            }
        }
        if given.is_empty() || uploader.directory.tenant.embedded.is_some() {
            return Ok(());
        }
        // Of whom nothing is known, nothing is left out.
        let there = uploader.who_has_a_photo(given.keys(), until).await.map_err(PassError::Directory)?.unwrap_or_default();
        for at in there.into_iter().filter(|(_, there)| *there).filter_map(|(target, _)| given.remove(&target)) {
            let decision = &mut self.plan.entries[at].decision;
            if let Decision::Deliver(target, version, _) = decision {
                let state = DeliveryState::Blocked { reason: Reason::HasPhoto };
                *decision = Decision::Pending(target.clone(), version.clone(), state);
            }
        }
        Ok(())
    }
}
