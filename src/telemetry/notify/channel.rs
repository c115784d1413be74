//! A way to people: an address that takes news, and the form it wants them in.

use std::time::Duration;

use reqwest::Url;
use serde_json::Value;

use super::alert::Alert;
use super::chat;
use super::document::AlertDocument;
use super::mail::Mailer;
use super::mail_settings::MailSettings;
use super::message::Message;
use super::refusal::Refusal;
use crate::graph::{Proxies, retry_after};
use crate::model::Timestamp;
use crate::status::Instance;

/// One POST with its answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where news go.
#[derive(Clone, Debug)]
pub(crate) enum ChannelSettings {
    /// Any server: a JSON document.
    Webhook(Url),
    /// A workflow of Microsoft Teams.
    Teams(Url),
    /// An incoming webhook of Slack.
    Slack(Url),
    /// A mail server.
    Mail(MailSettings),
}

impl ChannelSettings {
    /// Its key in the configuration, below `notify`.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Teams(_) => "teams",
            Self::Slack(_) => "slack",
            Self::Mail(_) => "mail",
        }
    }
}

/// How the news are written that a POST brings.
#[derive(Clone, Copy, Debug)]
enum Form {
    Document,
    Teams,
    Slack,
}

#[derive(Debug)]
enum Way {
    Post { client: reqwest::Client, url: Url, form: Form },
    Mail(Mailer),
}

/// A way to people that is open.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) name: &'static str,
    way: Way,
}

impl Channel {
    /// A URL is https, or http to this machine; redirects are not followed.
    pub(super) fn open(settings: ChannelSettings) -> Result<Self, String> {
        // rustls is built without a default provider; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let name = settings.name();
        let way = match settings {
            ChannelSettings::Webhook(url) => Way::Post { client: client(&url)?, url, form: Form::Document },
            ChannelSettings::Teams(url) => Way::Post { client: client(&url)?, url, form: Form::Teams },
            ChannelSettings::Slack(url) => Way::Post { client: client(&url)?, url, form: Form::Slack },
            ChannelSettings::Mail(settings) => Way::Mail(Mailer::new(settings)?),
        };
        Ok(Self { name, way })
    }

    /// Tells it, perhaps not to all; or says why not.
    pub(super) async fn tell(
        &self,
        news: &Alert,
        instance: &Instance,
        page: Option<&str>,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Refusal>, Refusal> {
        let message = || Message::of(news, instance, page, at);
        match &self.way {
            Way::Mail(mailer) => mailer.send(&message()).await,
            Way::Post { client, url, form } => {
                let body = match form {
                    Form::Document => serde_json::to_value(AlertDocument::of(news, instance, at)).unwrap_or(Value::Null),
                    Form::Teams => chat::teams(&message()),
                    Form::Slack => chat::slack(&message()),
                };
                post(client, url, &body, now).await.map(|()| None)
            }
        }
    }
}

async fn post(client: &reqwest::Client, url: &Url, body: &Value, now: Timestamp) -> Result<(), Refusal> {
    match client.post(url.clone()).json(body).send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(Refusal::of_status(answer.status(), retry_after(answer.headers(), now))),
        Err(error) => Err(Refusal::of_silence(error)),
    }
}

fn client(url: &Url) -> Result<reqwest::Client, String> {
    let loopback = is_loopback(url.host_str().unwrap_or_default());
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err("it must be https, or http to this machine".to_owned());
    }
    let client = reqwest::Client::builder()
        .user_agent(concat!("photosyncd/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .timeout(TIMEOUT);
    let proxies = || Proxies::of_process().map_err(|fault| format!("the environment's {fault}"));
    let client = if loopback { client.no_proxy() } else { proxies()?.apply(client) };
    client.build().map_err(|error| error.without_url().to_string())
}

/// Whether this host is the machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        for (url, good) in [
            ("https://hooks.example.com/x", true),
            ("http://127.0.0.1:1/x", true),
            ("http://[::1]:1/x", true),
            ("http://hooks.example.com/x", false),
            ("http://127.0.0.1.example.com/x", false),
            ("ftp://127.0.0.1/x", false),
        ] {
            let url = || url.parse().unwrap();
            for settings in [ChannelSettings::Webhook(url()), ChannelSettings::Teams(url()), ChannelSettings::Slack(url())] {
                assert_eq!(Channel::open(settings).is_ok(), good, "{}", url());
            }
        }
    }
}
