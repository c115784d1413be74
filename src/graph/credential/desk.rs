//! The sign-in service's token endpoint: one form, one answer, a few tries. Follows "Microsoft identity platform
//! and the OAuth 2.0 client credentials flow".

use std::sync::Arc;
use std::time::Duration;

use reqwest::Response;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::super::answer::Answer;
use super::super::cloud::Endpoints;
use super::super::counters::Tally;
use super::super::path::is_segment;
use super::super::token::{Grant, Issuer};
use super::super::transport::{Recipe, Transport};
use super::super::unreachable::unreachable;
use super::super::{Class, Failure, Settings, SetupError};
use super::refusal::refusal;
use super::{Credential, secret};
use crate::clock::Clock;

/// Waits between tries of a sign-in that may pass.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// A longer wait is left to the caller.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// A token said to live longer than this is renewed after it.
const LONGEST_LIFE: Duration = Duration::from_secs(86_400);
/// What the documentation shows for an answer that does not say.
const USUAL_LIFE: Duration = Duration::from_secs(3_599);

/// Hands out tokens for the configured application.
pub(in super::super) struct Desk {
    credential: Credential,
    client_id: String,
    token_url: String,
    scope: String,
    host: String,
    transport: Transport,
    tally: Arc<Tally>,
    clock: Clock,
}

/// The success document.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<f64>,
}

/// A number, or a text holding one.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

impl Desk {
    pub(in super::super) fn new(
        settings: Settings,
        endpoints: &Endpoints,
        recipe: &Recipe,
        tally: Arc<Tally>,
        clock: Clock,
    ) -> Result<Self, SetupError> {
        if settings.tenant.trim().is_empty() {
            return Err(SetupError::Missing("tenant"));
        }
        let tenant = settings.tenant.trim();
        if !is_segment(tenant) || !tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)) {
            return Err(SetupError::Tenant);
        }
        if settings.client_id.trim().is_empty() {
            return Err(SetupError::Missing("client_id"));
        }
        if !matches!(settings.credential, Credential::ClientSecret(_)) {
            return Err(SetupError::Credential("this kind of credential is not built yet".into()));
        }
        let token_url = endpoints.sign_in(tenant, "token");
        let host = reqwest::Url::parse(&token_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        Ok(Self {
            client_id: settings.client_id.trim().to_owned(),
            credential: settings.credential,
            token_url,
            scope: endpoints.default_scope(),
            host,
            transport: Transport::new(Recipe { loopback: endpoints.login_is_loopback, ..recipe.clone() })?,
            tally,
            clock,
        })
    }

    async fn try_once(&self) -> Result<Grant, Failure> {
        let proof = match &self.credential {
            Credential::ClientSecret(secret) => secret::proof(secret),
            _ => Vec::new(),
        };
        let mut form = vec![
            ("client_id", self.client_id.clone()),
            ("scope", self.scope.clone()),
            ("grant_type", "client_credentials".to_owned()),
        ];
        form.extend(proof);
        let (pool, http) = self.transport.client();
        self.tally.sign_in_request();
        let answer = read(http.post(&self.token_url).form(&form).send().await, &self.host).await?;
        if answer.status == reqwest::StatusCode::SERVICE_UNAVAILABLE {
            self.transport.renew(pool);
        }
        if answer.status.is_success()
            && let Ok(token) = serde_json::from_slice::<TokenAnswer>(&answer.body)
        {
            return Ok(Grant { lifetime: lifetime(token.expires_in), access_token: SecretString::from(token.access_token) });
        }
        Err(refusal(&answer, &self.host, self.clock.now()))
    }
}

async fn read(response: Result<Response, reqwest::Error>, host: &str) -> Result<Answer, Failure> {
    let answer = match response {
        Ok(response) => Answer::read(response).await,
        Err(error) => Err(error),
    };
    answer.map_err(|error| unreachable(error, host))
}

fn lifetime(seconds: Option<f64>) -> Duration {
    match seconds {
        Some(seconds) if seconds.is_finite() && seconds >= 1.0 => {
            Duration::from_secs_f64(seconds.min(LONGEST_LIFE.as_secs_f64()))
        }
        _ => USUAL_LIFE,
    }
}

impl Issuer for Desk {
    async fn issue(&self) -> Result<Grant, Failure> {
        let mut waits = WAITS.into_iter();
        loop {
            let failure = match self.try_once().await {
                Ok(grant) => return Ok(grant),
                Err(failure) => failure,
            };
            let passes = matches!(failure.class, Class::Transient | Class::Throttled);
            let Some(wait) = waits.next().filter(|_| passes) else { return Err(failure) };
            let wait = failure.retry_after.unwrap_or(wait);
            if wait > LONGEST_WAIT {
                return Err(failure);
            }
            tracing::debug!(%failure, ?wait, "sign-in is tried again");
            tokio::time::sleep(wait).await;
        }
    }
}
