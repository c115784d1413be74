//! What the client is told, and what can be wrong with it.

use std::path::PathBuf;
use std::time::Duration;

use super::{Cloud, Credential, UrlFault};
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
    /// Limit for a whole request; Microsoft's own default is 100 s.
    pub timeout: Duration,
}

/// Why no client can be made of the settings. Holds no secrets.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    /// A URL that must not be used.
    #[error(transparent)]
    Url(#[from] UrlFault),
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
        matches!(self, Self::Tls(_)).then(|| "are the system's CA certificates installed and readable?".to_owned())
    }
}
