//! Start and stop of the server, and the handle that tests and commands hold.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::connection::{Cut, CuttableListener};
use super::faults::{Fault, Weather};
use super::request_log::RequestRecord;
use super::save_photos::Unsaved;
use super::settings::Settings;
use super::state::State;
use super::tenant::Tenant;
use super::{request, save_photos};
use crate::clock::Clock;

/// Open requests get so long to end when the server stops.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why the server didn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The emulator hands out tokens to anybody, so it serves this machine only.
    #[error("the emulator listens on loopback addresses only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address is taken or not allowed.
    #[error("the emulator can't listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The directory for received photos can't be made.
    #[error("the emulator can't save photos in {}", directory.display())]
    Save {
        /// The directory asked for.
        directory: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Counts since the start.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// Requests of all sorts, sign-in included; the emulator's own pages not.
    pub requests: u64,
    /// Photos stored.
    pub stored: u64,
    /// Photos deleted.
    pub deleted: u64,
    /// Requests refused for want of quota or of a place in a mailbox; scripted 429s not.
    pub refused: u64,
    /// Requests that came while an announced wait still ran (scripted `Retry-After` seconds included).
    pub early: u64,
}

/// A server at work. Stops when dropped.
pub struct Running {
    state: Arc<State>,
    address: SocketAddr,
    halt: CancellationToken,
    server: Option<JoinHandle<()>>,
    saver: Option<JoinHandle<Option<Unsaved>>>,
}

/// Binds and serves until [`Running::stop`]. Must be called on a tokio runtime.
pub async fn start(settings: Settings, tenant: Tenant, clock: Clock) -> Result<Running, StartError> {
    let address = settings.listen;
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(address));
    }
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let save = settings.save.clone();
    let state = Arc::new(State::new(settings, tenant, clock, format!("http://{address}")));
    let saver = match save {
        None => None,
        Some(directory) => Some(save_photos::start(&state, &directory).map_err(|source| StartError::Save { directory, source })?),
    };
    let halt = CancellationToken::new();
    let router = Router::new().fallback(request::answer).with_state(Arc::clone(&state));
    let service = router.into_make_service_with_connect_info::<Cut>();
    let listener = CuttableListener::new(listener, address, Arc::clone(&state));
    let halted = halt.clone().cancelled_owned();
    let server = tokio::spawn(async move {
        // Accepting never fails for good, so neither does this.
        let _ = axum::serve(listener, service).with_graceful_shutdown(halted).await;
    });
    Ok(Running { state, address, halt, server: Some(server), saver })
}

impl Running {
    /// Graph's root, without version and without a slash at the end: `http://127.0.0.1:PORT`.
    pub fn graph_url(&self) -> String {
        self.state.root.clone()
    }

    /// The sign-in authority: the same server.
    pub fn login_url(&self) -> String {
        self.state.root.clone()
    }

    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Looks at the tenant. Requests wait meanwhile.
    pub fn with_tenant<R>(&self, look: impl FnOnce(&Tenant) -> R) -> R {
        look(&self.state.read())
    }

    /// Changes the tenant. Requests wait meanwhile.
    pub fn change_tenant<R>(&self, change: impl FnOnce(&mut Tenant) -> R) -> R {
        change(&mut self.state.write())
    }

    /// The requests remembered, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.state.log().all()
    }

    /// Counts since the start.
    pub fn counters(&self) -> Counters {
        let bucket = self.state.bucket();
        Counters {
            requests: self.state.requests.load(Ordering::Relaxed),
            stored: self.state.stored.load(Ordering::Relaxed),
            deleted: self.state.deleted.load(Ordering::Relaxed),
            refused: bucket.refused,
            early: bucket.early,
        }
    }

    /// Changes the quota: requests per second (none: no quota) and burst.
    pub fn set_rate(&self, rate: Option<f64>, burst: u32) {
        self.state.bucket().set_rate(rate, burst, self.state.clock.elapsed());
    }

    /// Scripts one more fault.
    pub fn add_fault(&self, fault: Fault) {
        self.state.script().add(fault);
    }

    /// Forgets all scripted faults.
    pub fn clear_faults(&self) {
        self.state.script().clear();
    }

    /// Another weather from now on; none is calm.
    pub fn set_weather(&self, weather: Option<Weather>) {
        self.state.set_weather(weather);
    }

    /// An administrator grants the application these roles, and no others; none: everything. Only tokens issued from now on
    /// show it.
    pub fn grant(&self, roles: Option<Vec<String>>) {
        self.state.authority.grant(roles);
    }

    /// A token without signing in: for the application, or delegated by a user (id or sign-in name).
    pub fn issue_token(&self, user: Option<&str>) -> String {
        self.state.authority.issue(user.map(str::to_owned), None)
    }

    /// A refresh token without signing in, of the tenant's `me`, who agreed to every permission.
    pub fn issue_refresh_token(&self) -> String {
        self.state.authority.issue_refresh_token()
    }

    /// Makes every token given out so far invalid, refresh tokens included.
    pub fn revoke_tokens(&self) {
        self.state.authority.revoke();
    }

    /// Stops: open requests get a second to end, and received photos are written out. Says which are not.
    pub(crate) async fn stop_saving(mut self) -> Option<Unsaved> {
        self.halt.cancel();
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(PATIENCE, &mut server).await.is_err()
        {
            server.abort();
        }
        self.state.set_saver(None);
        // Fails only if the writer panicked; what it wrote stays.
        self.saver.take()?.await.ok().flatten()
    }

    /// The same, where nobody looks at what was saved.
    pub async fn stop(self) {
        self.stop_saving().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.halt.cancel();
        self.state.set_saver(None);
    }
}
