//! Tells the supervisor how the service is: the protocol of `sd_notify(3)` over `NOTIFY_SOCKET`, in a few lines of our own.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::clock::Clock;
use crate::model::plain;

/// The supervisor, if there is one.
#[derive(Debug)]
pub(super) struct Supervisor {
    socket: Option<(UnixDatagram, SocketAddr)>,
    /// How often it wants to be told that all is well, at least.
    pub(super) watchdog: Option<Duration>,
}

impl Supervisor {
    /// As the environment names it.
    pub(super) fn of(env: fn(&str) -> Option<String>) -> Self {
        let socket = env("NOTIFY_SOCKET").and_then(|name| {
            let address = match name.strip_prefix('@') {
                Some(hidden) => SocketAddr::from_abstract_name(hidden),
                None => SocketAddr::from_pathname(&name),
            };
            let socket = UnixDatagram::unbound().and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
            Some((socket.ok()?, address.ok()?))
        });
        let ours = env("WATCHDOG_PID").is_none_or(|pid| pid == std::process::id().to_string());
        let watchdog = env("WATCHDOG_USEC").filter(|_| ours).and_then(|text| text.parse().ok()).filter(|usec| *usec > 0);
        Self { watchdog: watchdog.filter(|_| socket.is_some()).map(Duration::from_micros), socket }
    }

    /// The first pass is planned, or a reload is over.
    pub(super) fn ready(&self) {
        self.tell("READY=1");
    }

    /// A reload begins.
    pub(super) fn reloading(&self) {
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={}", Clock::monotonic_usec()));
    }

    /// The end begins.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// The line that `systemctl status` shows. A second one would be a notice of its own.
    pub(super) fn status(&self, line: &str) {
        self.tell(&format!("STATUS={}", plain(line)));
    }

    /// The start takes longer, and is under way.
    pub(super) fn takes_longer(&self, span: Duration) {
        self.tell(&format!("EXTEND_TIMEOUT_USEC={}", span.as_micros()));
    }

    /// All is well.
    pub(super) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    fn tell(&self, words: &str) {
        if let Some((socket, address)) = &self.socket {
            // A supervisor that does not listen is no reason to stop.
            _ = socket.send_to_addr(words.as_bytes(), address);
        }
    }
}
