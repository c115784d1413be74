//! The tenant: the client that talks to it, and the embedded emulator where that is the tenant.

use std::sync::Arc;

use crate::model::Reference;
use crate::{emulator, graph};

/// Where photos go to.
#[derive(Clone)]
pub(crate) struct TenantClient {
    /// Speaks to Microsoft Graph.
    pub graph: graph::Client,
    /// The embedded emulator, if that is the tenant: it grows an object for each reference that turns up.
    pub embedded: Option<Arc<emulator::Running>>,
}

impl TenantClient {
    /// The embedded tenant lives as long as this process and must know whoever is asked for; a real one is left alone.
    pub(super) fn grow(&self, references: &[Reference]) {
        if let Some(embedded) = &self.embedded {
            embedded.change_tenant(|tenant| tenant.grow(references));
        }
    }
}
