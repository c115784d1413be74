//! The tenant that a ledger belongs to.

/// The tenant a ledger belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// Name of the cloud, as in the configuration.
    pub cloud: String,
    /// The tenant, as in the configuration; empty for the embedded emulator.
    pub tenant: String,
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.tenant.as_str() {
            "" => write!(f, "cloud {}", self.cloud),
            tenant => write!(f, "cloud {}, tenant {tenant}", self.cloud),
        }
    }
}
