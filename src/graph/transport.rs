//! Connections: TLS, proxies, time limits, and a fresh start after a 503.

use std::path::Path;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderValue};

use super::{Proxies, SetupError};
use crate::files::{Bounds, read};

/// A connection not made in this time is not coming.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections are closed before the services' load balancers do it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// More idle connections than this are never kept; fewer requests are in flight.
const MOST_IDLE: usize = 64;

/// Connections are made afresh at most this often: a tenant that answers one request in twenty with a 503 would otherwise
/// never see one twice, and each costs a handshake.
const FRESH_FOR: Duration = Duration::from_secs(5);

/// How connections are made.
#[derive(Clone)]
pub(super) struct ClientConfig {
    /// The host is this machine: no proxy, and plain http is allowed.
    pub(super) loopback: bool,
    /// Plain http, which only a host of this machine may have: the system's certificates, some hundred of them, are
    /// not even read.
    pub(super) plain: bool,
    /// Certificates to trust beside the system's.
    pub(super) extra_roots: Vec<reqwest::Certificate>,
    /// What the environment says of proxies.
    pub(super) proxies: Proxies,
    /// For a whole request, answer included.
    pub(super) timeout: Duration,
}

impl ClientConfig {
    fn build(&self) -> Result<reqwest::Client, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(HeaderValue::from_static(concat!("photosyncd/", env!("CARGO_PKG_VERSION"))))
            // Without this any coding would do (RFC 9110, 12.5.3), and none is read here.
            .default_headers([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))].into_iter().collect())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(!self.loopback)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MOST_IDLE)
            .tls_certs_merge(self.extra_roots.iter().cloned());
        builder = if self.loopback { builder.no_proxy() } else { self.proxies.apply(builder) };
        if self.plain {
            builder = builder.tls_certs_only([]);
        }
        builder.build()
    }
}

/// Largest file of certificates, in bytes: a system's whole bundle has a few hundred kilobytes.
const MAX_ROOTS_BYTES: u64 = 16 << 20;

/// Certificates from a PEM file.
pub(super) fn extra_roots(file: Option<&Path>) -> Result<Vec<reqwest::Certificate>, SetupError> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let fault = |why: String| SetupError::CaFile { file: file.to_owned(), why };
    let pem = read(file, Bounds::small(MAX_ROOTS_BYTES)).map_err(|error| fault(error.to_string()))?;
    let roots =
        reqwest::Certificate::from_pem_bundle(&pem.bytes).map_err(|_| fault("it holds no readable PEM certificates".into()))?;
    if roots.is_empty() {
        return Err(fault("it holds no certificate".into()));
    }
    Ok(roots)
}

/// A pool of connections that can be started afresh: after a 503, Microsoft's best practices ask for new ones.
pub(super) struct Transport {
    config: ClientConfig,
    current: RwLock<(u64, reqwest::Client)>,
    renewed: Mutex<Option<Duration>>,
}

impl Transport {
    pub(super) fn new(config: ClientConfig) -> Result<Self, SetupError> {
        // rustls is built without a default provider; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = config.build().map_err(SetupError::Tls)?;
        Ok(Self { config, current: RwLock::new((0, client)), renewed: Mutex::new(None) })
    }

    /// The pool and its number.
    pub(super) fn client(&self) -> (u64, reqwest::Client) {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leaves the pool of the given number behind. Many requests may ask at once; the first does it.
    pub(super) fn renew(&self, used: u64, now: Duration) {
        let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        if renewed.is_some_and(|at| now.saturating_sub(at) < FRESH_FOR) {
            return;
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.0 == used {
            // What could be built once can be built again; if not, the old pool still works.
            if let Ok(client) = self.config.build() {
                *current = (used + 1, client);
                *renewed = Some(now);
            }
        }
    }
}
