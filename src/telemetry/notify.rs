//! Tells a webhook when a person is needed: a JSON document by POST, tried a few times, never in anybody's way.
//!
//! Object ids and counts only: no name, no path, no picture, no secret. The address itself is often a secret, so it is
//! never logged.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::graph::Proxies;
use crate::ledger::Counts;
use crate::model::Timestamp;
use crate::plan::Guard;
use crate::status::Instance;

/// News that wait to be told at most; further ones are dropped, and that is logged.
const WAITING: usize = 64;
/// One POST, answer included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Tries for one piece of news, and the wait after the first; it doubles.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// What a person should know.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Alert {
    /// The guard stopped a pass.
    Halted {
        /// The pass.
        pass: i64,
        /// Which brake.
        guard: Guard,
    },
    /// Passes are not stopped any more.
    HaltEnded {
        /// The pass.
        pass: i64,
    },
    /// Nobody can sign in.
    SignIn {
        /// The pass; none if the first has not ended yet.
        pass: Option<i64>,
    },
    /// Somebody can again.
    SignInWorks,
    /// The application may not do something to a whole kind of targets.
    KindForbidden {
        /// The pass; none if the first has not ended yet.
        pass: Option<i64>,
        /// Targets held or blocked now.
        blocked: u32,
    },
    /// Microsoft 365 can't be reached.
    OutageBegan,
    /// It can again.
    OutageEnded {
        /// How long it lasted, seconds.
        lasted_s: u64,
    },
    /// Something else is wrong with the service as a whole.
    ConditionBegan {
        /// Which condition.
        name: &'static str,
    },
    /// It is over.
    ConditionEnded {
        /// Which condition.
        name: &'static str,
        /// How long it lasted, seconds.
        lasted_s: u64,
    },
    /// How things stand, once a day.
    Digest {
        /// Targets by where they stand.
        targets: Counts,
        /// Photos delivered since the last digest, or since the service started.
        delivered: u64,
        /// Photos removed since the last digest, or since the service started.
        removed: u64,
    },
}

impl Alert {
    /// One line for people; most chat services show a field of this name.
    fn text(&self) -> String {
        match self {
            Self::Halted { pass, guard } => {
                format!("photosyncd stopped pass {pass} before any harm ({guard}); `photosyncd status` says what to do.")
            }
            Self::HaltEnded { pass } => format!("photosyncd continues: pass {pass} was not stopped."),
            Self::SignIn { .. } => "photosyncd can't sign in to Microsoft 365; `photosyncd status` says what to do.".to_owned(),
            Self::SignInWorks => "photosyncd can sign in to Microsoft 365 again.".to_owned(),
            Self::KindForbidden { blocked, .. } => format!(
                "photosyncd lacks a permission; {blocked} photos are held or blocked. `photosyncd status` names the permission."
            ),
            Self::OutageBegan => "photosyncd can't reach Microsoft 365; it resumes by itself.".to_owned(),
            Self::OutageEnded { lasted_s } => format!("photosyncd reaches Microsoft 365 again, after {lasted_s} s."),
            Self::ConditionBegan { name } => {
                format!("photosyncd needs a person ({name}); `photosyncd status` says what to do.")
            }
            Self::ConditionEnded { name, lasted_s } => format!("photosyncd: {name} is over, after {lasted_s} s."),
            Self::Digest { targets, delivered, removed } => format!(
                "photosyncd: {} in step, {} due, {} waiting, {} held or blocked; {delivered} delivered and {removed} removed since the last digest, or the start.",
                targets.in_step, targets.due, targets.waiting, targets.blocked
            ),
        }
    }
}

#[derive(Serialize)]
struct AlertDocument<'a> {
    program: &'static str,
    version: &'static str,
    at: Timestamp,
    /// The tenant, as the configuration names it.
    tenant: Option<&'a str>,
    /// The machine.
    host: &'a str,
    text: String,
    #[serde(flatten)]
    news: &'a Alert,
}

impl<'a> AlertDocument<'a> {
    /// Who looks after several installations must see which one speaks; where its photos lie is nobody else's business.
    fn of(news: &'a Alert, instance: &'a Instance, at: Timestamp) -> Self {
        let (tenant, host) = (instance.tenant.as_deref(), instance.host.as_str());
        let whose = tenant.map_or_else(|| host.to_owned(), |tenant| format!("{host}, tenant {tenant}"));
        let text = format!("{} ({whose})", news.text());
        Self { program: "photosyncd", version: env!("CARGO_PKG_VERSION"), at, tenant, host, text, news }
    }
}

/// Passes news on to the webhook. Dropping it lets what waits be lost; [`Notifier::close`] does not.
#[derive(Debug)]
pub(crate) struct Notifier {
    news: mpsc::Sender<(Timestamp, Alert)>,
    clock: Clock,
    worker: JoinHandle<()>,
}

impl Notifier {
    /// Starts to serve. The URL is https, or http to this machine; redirects are not followed.
    pub(crate) fn start(url: reqwest::Url, instance: Instance, clock: Clock) -> Result<Self, String> {
        // rustls is built without a default provider; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let loopback = is_loopback(&url);
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
        let client = client.build().map_err(|error| error.without_url().to_string())?;
        let (news, waiting) = mpsc::channel(WAITING);
        let worker = tokio::spawn(serve(client, url, instance, waiting));
        Ok(Self { news, clock, worker })
    }

    /// Passes it on, without waiting for anything.
    pub(crate) fn tell(&self, news: Alert) {
        if self.news.try_send((self.clock.now(), news)).is_err() {
            tracing::warn!("Webhook queue full; dropped an alert");
        }
    }

    /// Waits until everything is told or given up, but no longer than this.
    pub(crate) async fn close(self, patience: Duration) {
        drop(self.news);
        if tokio::time::timeout(patience, self.worker).await.is_err() {
            tracing::warn!("The webhook was not reached in time");
        }
    }
}

async fn serve(client: reqwest::Client, url: reqwest::Url, instance: Instance, mut waiting: mpsc::Receiver<(Timestamp, Alert)>) {
    while let Some((at, news)) = waiting.recv().await {
        let document = AlertDocument::of(&news, &instance, at);
        let mut wait = FIRST_WAIT;
        for tries in 1..=TRIES {
            let (again, why) = match client.post(url.clone()).json(&document).send().await {
                Ok(answer) if answer.status().is_success() => break,
                Ok(answer) => {
                    let status = answer.status();
                    (status.is_server_error() || matches!(status.as_u16(), 408 | 429), format!("HTTP {}", status.as_u16()))
                }
                Err(error) => (true, error.without_url().to_string()),
            };
            if !again || tries == TRIES {
                tracing::warn!(tries, "Webhook delivery failed: {why}");
                break;
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }
}

fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        for (url, good) in [
            ("https://hooks.example.com/x", true),
            ("http://127.0.0.1:1/x", true),
            ("http://[::1]:1/x", true),
            ("http://hooks.example.com/x", false),
            ("http://127.0.0.1.example.com/x", false),
            ("ftp://127.0.0.1/x", false),
        ] {
            let started = Notifier::start(url.parse().unwrap(), Instance::default(), Clock::system());
            assert_eq!(started.is_ok(), good, "{url}");
        }
    }

    #[test]
    fn a_document_has_its_event_a_line_for_people_and_numbers() {
        let news = Alert::Halted { pass: 7, guard: Guard::Removals };
        let instance = Instance {
            tenant: Some("contoso.com".to_owned()),
            host: "hr01".to_owned(),
            source: "/srv/photos".to_owned(),
            ..Instance::default()
        };
        let json = serde_json::to_value(AlertDocument::of(&news, &instance, Timestamp::default())).unwrap();
        assert!(json["text"].as_str().unwrap().ends_with(" (hr01, tenant contoso.com)"), "{json}");
        assert_eq!((&json["tenant"], &json["host"]), (&"contoso.com".into(), &"hr01".into()));
        assert!(!json.to_string().contains("/srv"), "{json}");
        assert_eq!((&json["event"], &json["pass"], &json["guard"]), (&"halted".into(), &7.into(), &"removals".into()));
        assert!(json["text"].as_str().unwrap().contains("removals"));
    }
}
