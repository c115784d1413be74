//! What tenants differ in.

use std::time::Duration;

/// What a read of an empty slot answers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum MissingPhoto {
    /// 404 `ImageNotFound`.
    #[default]
    ImageNotFound,
    /// 404 `ErrorEntityNotFound`.
    EntityNotFound,
    /// 404 `ProfileNotFoundException`.
    ProfileNotFound,
    /// Metadata says 200 with a size of 1x1 and an empty media `ETag`; `$value` says 404 `ImageNotFound`.
    OneByOne,
}

/// What an expired delta token answers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum DeltaExpiry {
    /// 410 with a `Location` to start over at.
    #[default]
    Gone,
    /// 400 `syncStateNotFound`.
    SyncStateNotFound,
}

/// Behaviour that tenants differ in.
#[derive(Clone, Debug)]
pub struct Quirks {
    /// What a read of an empty slot answers.
    pub missing_photo: MissingPhoto,
    /// Largest photo in bytes for a user without a mailbox; above it 404 `ErrorItemNotFound`, as one field report
    /// has it. Absent: no such limit. Default 102,400.
    pub mailboxless_limit: Option<usize>,
    /// Photos of groups and teams younger than this answer 404, as replication delay does. Default none.
    pub group_ready_after: Duration,
    /// The tenant's photo policy says on-premises: user photos can't be written.
    pub on_premises_photos: bool,
    /// Group photos refuse application sign-in with `AppOnlyTokenNotSupportedForGroupUpdate`, as before 2024.
    pub group_needs_user: bool,
    /// A team's photo is its group's, as Microsoft describes it; else each has its own, so that a test sees which was sent.
    pub one_team_photo: bool,
    /// How long a delta token lasts. Microsoft says 7 days.
    pub delta_lifetime: Duration,
    /// What comes after that.
    pub delta_expiry: DeltaExpiry,
    /// Entries per page where `$top` doesn't say. Default 100; settable so that small tests see many pages.
    pub page_size: usize,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            missing_photo: MissingPhoto::ImageNotFound,
            mailboxless_limit: Some(102_400),
            group_ready_after: Duration::ZERO,
            on_premises_photos: false,
            group_needs_user: false,
            one_team_photo: false,
            delta_lifetime: Duration::from_secs(7 * 24 * 3600),
            delta_expiry: DeltaExpiry::Gone,
            page_size: 100,
        }
    }
}
