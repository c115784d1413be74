//! `service`, `notify`, `log`: the daemon's own life and what it says.

use std::net::SocketAddr;
use std::time::Duration;

use super::graph::parse_url;
use super::reader::Section;
use super::source::secs;
use super::words::words;

words! {
    /// How log lines look.
    LogFormat {
        /// Journald under systemd, text on a terminal, else JSON.
        Auto = "auto",
        /// Lines for people.
        Text = "text",
        /// One JSON document a line.
        Json = "json",
        /// Fields sent to the systemd journal.
        Journald = "journald",
    }
}

words! {
    /// The least serious log lines that are written.
    LogLevel {
        /// What ended something.
        Error = "error",
        /// What a person should look at.
        Warn = "warn",
        /// What was done.
        Info = "info",
        /// What led to it.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

/// The daemon.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// Address and port of the status page and metrics; none: not served. Default none.
    pub listen: Option<SocketAddr>,
    /// Whether `listen` may be an address that other machines reach. Default false.
    pub allow_remote: bool,
    /// How long uploads in flight may take to finish at stop, 1s to 10m. Default 25s.
    pub drain: Duration,
}

impl Service {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let allow_remote = section.boolean("allow_remote", false);
        let listen: Option<SocketAddr> = section.scalar("listen", |given| {
            let text = given.text()?;
            text.parse().map_err(|_| format!("{text:?} is no address with a port; write for example 127.0.0.1:9464"))
        });
        if let Some(address) = listen.filter(|address| !address.ip().is_loopback() && !allow_remote) {
            let words = "other machines could read the pages, which ask nobody to sign in";
            section.fault("listen", format!("{address}: {words}; take 127.0.0.1, or set service.allow_remote: true"));
        }
        Self { listen, allow_remote, drain: section.span("drain", secs(1)..=secs(600)).unwrap_or(secs(25)) }
    }
}

/// Who is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Notify {
    /// https URL that gets a POST when a person is needed; none: nobody is told. Default none.
    pub webhook: Option<reqwest::Url>,
}

/// Without the address: many chat services keep their key in it.
impl std::fmt::Debug for Notify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notify").field("webhook", &self.webhook.as_ref().map(|_| "kept to itself")).finish()
    }
}

impl Notify {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self { webhook: section.scalar("webhook", |given| webhook(&given.text()?)) }
    }
}

/// As any URL, but many chat services keep their key behind the question mark.
fn webhook(text: &str) -> Result<reqwest::Url, String> {
    parse_url(text.split(['?', '#']).next().unwrap_or_default())?;
    reqwest::Url::parse(text).map_err(|error| format!("is no URL ({error})"))
}

/// The log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// How lines look. Default `auto`.
    pub format: LogFormat,
    /// The least serious lines written. Default `info`.
    pub level: LogLevel,
}

impl Log {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self { format: section.word("format", LogFormat::Auto), level: section.word("level", LogLevel::Info) }
    }
}
