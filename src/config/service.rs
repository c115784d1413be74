//! `service`, `notify`, `log`: the daemon's own life and what it says.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;

use super::graph::parse_url;
use super::keyword::keywords;
use super::reader::Section;
use super::units::secs;

keywords! {
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

/// The daemon.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Service {
    /// Address and port of the status page and metrics; none: not served. Default none.
    pub listen: Option<SocketAddr>,
    /// Whether `listen` may be an address that other machines reach. Default false.
    pub allow_remote: bool,
    /// Whether the status page names people and files, not only object ids. Default false.
    pub names: bool,
    /// How long uploads in flight may take to finish at stop, 1s to 10m. Default 25s.
    pub drain: Duration,
}

impl Service {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let allow_remote = section.boolean("allow_remote", false);
        let listen: Option<SocketAddr> = section.scalar("listen", |scalar| {
            let text = scalar.text()?;
            text.parse().map_err(|_| format!("{text:?} is no address with a port; write for example 127.0.0.1:9464"))
        });
        if let Some(address) = listen.filter(|address| !address.ip().is_loopback() && !allow_remote) {
            let words = "other machines could read the pages, which ask nobody to sign in";
            section.fault("listen", format!("{address}: {words}; take 127.0.0.1, or set service.allow_remote: true"));
        }
        let names = section.boolean("names", false);
        Self { listen, allow_remote, names, drain: section.duration("drain", secs(1)..=secs(600)).unwrap_or(secs(25)) }
    }
}

/// The address of a webhook. Many services keep a key in it, so only its host is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Webhook(reqwest::Url);

impl Webhook {
    /// The whole address, key included.
    pub(crate) const fn url(&self) -> &reqwest::Url {
        &self.0
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({}://{}/...)", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}

/// Who is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Notify {
    /// https URL that gets a POST when a person is needed; none: nobody is told. Default none.
    pub webhook: Option<Webhook>,
}

impl Notify {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self { webhook: section.scalar("webhook", |scalar| webhook(&scalar.text()?)) }
    }
}

/// As any URL, but many chat services keep their key behind the question mark.
fn webhook(text: &str) -> Result<Webhook, String> {
    parse_url(text.split(['?', '#']).next().unwrap_or_default())?;
    reqwest::Url::parse(text).map(Webhook).map_err(|error| format!("is no URL ({error})"))
}

/// The log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Log {
    /// How lines look. Default `auto`.
    pub format: LogFormat,
    /// The least serious lines written. Default `info`.
    pub level: LevelFilter,
}

impl Log {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self { format: section.keyword("format", LogFormat::Auto), level: section.keyword("level", LevelFilter::INFO) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_in_a_webhooks_address_is_not_shown() {
        for url in ["https://hooks.example.com/T0/Geheimzeichen", "https://hooks.example.com/run?sig=Geheimzeichen#Geheimzeichen"]
        {
            let notify = Notify { webhook: Some(webhook(url).unwrap()) };
            assert_eq!(notify.webhook.as_ref().unwrap().url().as_str(), url);
            let shown = format!("{notify:?} {notify:#?}");
            assert!(shown.contains("hooks.example.com") && !shown.contains("Geheim"), "{shown}");
        }
        let refused = webhook("http://hooks.example.com/Geheimzeichen?sig=Geheimzeichen").unwrap_err();
        assert!(!refused.contains("Geheim"), "{refused}");
    }
}
