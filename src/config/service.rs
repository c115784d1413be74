//! `service`: the daemon's own life.

use std::net::SocketAddr;
use std::time::Duration;

use super::reader::Section;
use super::units::secs;

/// The daemon.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ServiceSettings {
    /// Address and port of the status page and metrics; none: not served. Default none.
    pub listen: Option<SocketAddr>,
    /// Whether `listen` may be an address that other machines reach. Default false.
    pub allow_remote: bool,
    /// Whether the status page names people and files, not only object ids. Default false.
    pub names: bool,
    /// How long uploads in flight may take to finish at stop, 1s to 10m. Default 25s.
    pub drain: Duration,
}

impl ServiceSettings {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let allow_remote = section.boolean("allow_remote", false);
        let listen: Option<SocketAddr> = section.scalar("listen", |scalar| {
            let text = scalar.text()?;
            text.parse().map_err(|_| format!("{text:?} is not an address with a port; write for example 127.0.0.1:9464"))
        });
        if let Some(address) = listen.filter(|address| !address.ip().is_loopback() && !allow_remote) {
            let words = "other machines could read the pages, which ask nobody to sign in";
            section.fault("listen", format!("{address}: {words}; take 127.0.0.1, or set service.allow_remote: true"));
        }
        let names = section.boolean("names", false);
        Self { listen, allow_remote, names, drain: section.duration("drain", secs(1)..=secs(600)).unwrap_or(secs(25)) }
    }
}
