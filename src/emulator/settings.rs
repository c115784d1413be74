//! How a pretended tenant behaves.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::entra::SignIn;
use super::faults::{Fault, Throttling, Weather};
use super::tenant::Quirks;

/// Everything that is decided before the server starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen: a loopback address; port 0 takes a free one. Default `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// Who may sign in, and how.
    pub sign_in: SignIn,
    /// The request quota.
    pub throttle: Throttling,
    /// How this tenant differs from others.
    pub quirks: Quirks,
    /// Faults beside those of the tenant's seed.
    pub faults: Vec<Fault>,
    /// Accidents, outages and latencies. Default none.
    pub weather: Option<Weather>,
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
            weather: None,
            log_limit: 100_000,
            keep_bodies: true,
            save: None,
        }
    }
}
