//! How a pretended tenant behaves.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::faults::Fault;

/// Everything that is decided before the server starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen: a loopback address; port 0 takes a free one. Default `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// Who may sign in, and how.
    pub sign_in: SignIn,
    /// The request quota.
    pub throttle: Throttling,
    /// What the service is in a mood for.
    pub quirks: Quirks,
    /// Faults beside those of the tenant's seed.
    pub faults: Vec<Fault>,
    /// How many requests are remembered; the oldest go first. 0 remembers none, which benchmarks want.
    /// Default 100,000, at most 1,000,000.
    pub log_limit: usize,
    /// Keep uploaded bytes. Without, only their lengths are kept and `$value` answers as if there were no photo;
    /// for benchmarks that upload more than memory holds. Default true.
    pub keep_bodies: bool,
    /// Write each received photo into this directory as `<kind>-<name>.jpg`.
    pub save: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            sign_in: SignIn::default(),
            throttle: Throttling::default(),
            quirks: Quirks::default(),
            faults: Vec::new(),
            log_limit: 100_000,
            keep_bodies: true,
            save: None,
        }
    }
}

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

/// How an announced wait is written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum RetryAfter {
    /// Whole seconds, rounded up: at least 1.
    #[default]
    Seconds,
    /// Seconds with three decimals, as Microsoft's own throttling sample has them.
    Fraction,
    /// An HTTP date, rounded up to the second.
    Date,
    /// No header.
    Absent,
}

/// Which requests draw on the quota.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Throttled {
    /// PUT, PATCH and DELETE of photos.
    #[default]
    PhotoWrites,
    /// Every Graph request.
    All,
}

/// The request quota: a bucket of `burst` tokens that refills at `rate`.
#[derive(Clone, Debug)]
pub struct Throttling {
    /// Requests per second; absent: no quota. Default none.
    pub rate: Option<f64>,
    /// Requests that a rested bucket lets through at once. Default 10.
    pub burst: u32,
    /// What draws on it.
    pub covers: Throttled,
    /// How the wait is announced.
    pub retry_after: RetryAfter,
    /// The shortest wait that is announced. Default none.
    pub at_least: Duration,
    /// Requests in flight per mailbox; Microsoft documents 4 for Outlook resources. Absent: no limit. Default none.
    pub mailbox_concurrency: Option<u32>,
    /// A request that comes this soon after a refusal was on its way already and doesn't count as early. Default 100 ms.
    pub grace: Duration,
}

impl Default for Throttling {
    fn default() -> Self {
        Self {
            rate: None,
            burst: 10,
            covers: Throttled::PhotoWrites,
            retry_after: RetryAfter::Seconds,
            at_least: Duration::ZERO,
            mailbox_concurrency: None,
            grace: Duration::from_millis(100),
        }
    }
}

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
            delta_lifetime: Duration::from_secs(7 * 24 * 3600),
            delta_expiry: DeltaExpiry::Gone,
            page_size: 100,
        }
    }
}
