//! What keeps a configuration from being put to work.

use super::fault::ConfigFaults;
use super::secret::SecretError;
use crate::model::Advice;
use crate::{emulator, graph};

/// Why a configuration can't be put to work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// The credential, apart from what is secret about it.
    #[error("{what}")]
    Credential {
        /// What is wrong.
        what: String,
        /// What to do.
        hint: Option<&'static str>,
    },
    /// The rules.
    #[error("{what}")]
    Rules {
        /// What is wrong.
        what: String,
        /// What to do.
        hint: Option<&'static str>,
    },
    /// The words of the report.
    #[error(transparent)]
    Texts(#[from] ConfigFaults),
    /// The secret can't be had.
    #[error("graph.credential: {0}")]
    Secret(#[from] SecretError),
    /// No client can be made.
    #[error(transparent)]
    Graph(#[from] graph::SetupError),
    /// The embedded emulator does not start.
    #[error("the embedded emulator does not start")]
    Emulator(#[from] emulator::StartError),
}

impl Advice for BuildError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Credential { hint, .. } | Self::Rules { hint, .. } => hint.map(str::to_owned),
            Self::Secret(error) => error.hint(),
            Self::Graph(error) => error.hint(),
            Self::Emulator(_) | Self::Texts(_) => None,
        }
    }
}
