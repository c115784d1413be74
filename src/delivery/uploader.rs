//! What it takes to deliver.

use std::sync::Arc;

use super::deliver_policies::DeliverPolicies;
use super::prepare::Preparer;
use super::settings::{BackupSettings, DriftSettings, RemovalSettings, UploadSettings};
use crate::clock::Clock;
use crate::lookup::Directory;

/// Delivers what is due, compares it with the tenant, and puts back what was there before.
#[derive(Clone)]
pub(crate) struct Uploader {
    /// Who is asked before a photo leaves, and the tenant it goes to.
    pub directory: Directory,
    /// Makes pictures ready.
    pub preparer: Preparer,
    /// How photos leave.
    pub upload: UploadSettings,
    /// Whose photo ours replaces.
    pub deliver: Arc<DeliverPolicies>,
    /// What is kept of others before ours goes up.
    pub backup: Arc<BackupSettings>,
    /// What happens when the tenant shows another photo than ours.
    pub drift: Arc<DriftSettings>,
    /// Whether photos may be taken out again.
    pub removal: RemovalSettings,
    /// Reads the time.
    pub clock: Clock,
}
