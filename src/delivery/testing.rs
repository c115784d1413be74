//! What tests of deliveries share.

use crate::ledger::{Due, DueAction};
use crate::model::{Digest, Generation, ObjectId, PhotoVersion, RecipeId, SourcePath, TargetId, Timestamp};

/// A person's first photo.
pub(super) fn due(number: usize, attempts: u32) -> Due {
    let version = PhotoVersion { digest: Digest::of(&number.to_le_bytes()), recipe: RecipeId::new("r") };
    Due {
        target: TargetId::User(ObjectId::new(&number.to_string())),
        action: DueAction::Upload { path: SourcePath::new("a.jpg").unwrap(), version, given: None },
        ours: None,
        by_other_name: None,
        binding: None,
        desired_at: Timestamp::from_millis(0),
        generation: Generation(1),
        attempts,
        lacked_permission: false,
        failing_since: None,
    }
}
