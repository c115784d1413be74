//! What the client is told, and what can be wrong with it.

use std::path::PathBuf;
use std::time::Duration;

use super::{Cloud, Credential, Proxies, ProxyFault, UrlFault};
use crate::model::Advice;

/// Everything the client needs to know.
#[derive(Clone, Debug)]
pub(crate) struct GraphSettings {
    /// Which Graph.
    pub cloud: Cloud,
    /// Tenant id or one of its domains.
    pub tenant: String,
    /// Application (client) id; may be empty for a managed identity.
    pub client_id: String,
    /// How the application proves who it is.
    pub credential: Credential,
    /// PEM certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// What the environment says of proxies; hosts of this machine are reached without.
    pub proxies: Proxies,
    /// Limit for a whole request; Microsoft's own default is 100 s.
    pub timeout: Duration,
}

/// Why no client can be made of the settings. Holds no secrets.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    /// A URL that must not be used.
    #[error(transparent)]
    Url(#[from] UrlFault),
    /// A proxy that must not be passed over.
    #[error("the environment's {0}")]
    Proxy(#[from] ProxyFault),
    /// A setting without which no sign-in is possible.
    #[error("graph.{0} is missing")]
    Missing(&'static str),
    /// The tenant can't stand in a URL.
    #[error("graph.tenant is neither a tenant id nor a domain")]
    Tenant,
    /// The extra certificates can't be used.
    #[error("graph.ca_file {file} can't be used: {why}", file = file.display())]
    CaFile {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// The credential can't be used.
    #[error("graph.credential can't be used: {0}")]
    Credential(String),
    /// TLS can't be set up; usually the system's certificates are missing.
    #[error("TLS can't be set up")]
    Tls(#[source] reqwest::Error),
}

impl Advice for SetupError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Tls(_) => Some("are the system's CA certificates installed and readable?".to_owned()),
            Self::Proxy(fault) => Some(format!(
                "correct or unset {} where photosyncd is started (for the service: `systemctl edit photosyncd`, Environment=)",
                fault.variable
            )),
            _ => None,
        }
    }
}
