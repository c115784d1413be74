//! Who may sign in, and how.

use std::path::PathBuf;
use std::time::Duration;

/// What client secret the sign-in host takes.
#[derive(Clone, Default)]
pub enum ExpectedSecret {
    /// Any that is not empty.
    #[default]
    Any,
    /// This one.
    Exactly(String),
    /// This one was right until it expired.
    Expired(String),
}

impl std::fmt::Debug for ExpectedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Any => "Any",
            Self::Exactly(_) => "Exactly(…)",
            Self::Expired(_) => "Expired(…)",
        })
    }
}

/// How the user answers a device code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consent {
    /// Agrees after so many polls that were told to wait.
    After(u32),
    /// Says no.
    Declined,
    /// Never comes; the code expires at the first poll.
    Late,
    /// Is told that only an administrator may agree.
    NeedsAdministrator,
}

/// The sign-in host.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Tenant names (GUID or domain) it knows; any, if none.
    pub tenants: Vec<String>,
    /// The client id it knows; any, if absent.
    pub client_id: Option<String>,
    /// The client secret it takes.
    pub secret: ExpectedSecret,
    /// How long tokens last; reported in whole seconds. Default 3599 s.
    pub token_lifetime: Duration,
    /// Roles that new tokens carry; absent: every permission there is.
    pub roles: Option<Vec<String>>,
    /// Insist on the scope `<graph root>/.default`. Without, any scope that ends in `/.default` will do. Default true.
    pub strict_scope: bool,
    /// The managed identity's endpoint is an Arc server's agent: it names this file and wants its content first.
    /// Default none: an Azure VM or App Service.
    pub arc_key: Option<(PathBuf, String)>,
    /// The application lets people sign in by device code ("allow public client flows"). Default true.
    pub public_client: bool,
    /// How the user answers a device code. Default: agrees at once. The user is the tenant's `me`.
    pub consent: Consent,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            tenants: Vec::new(),
            client_id: None,
            secret: ExpectedSecret::Any,
            token_lifetime: Duration::from_secs(3599),
            roles: None,
            strict_scope: true,
            arc_key: None,
            public_client: true,
            consent: Consent::After(0),
        }
    }
}
