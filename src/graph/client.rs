//! The client: a token on every request, one renewal after a 401, and every failure classed.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, StatusCode};

use super::answer::{Body, HttpAnswer};
use super::classify::{classify, is_done, is_html};
use super::cloud::Endpoints;
use super::counters::{RequestCounter, RequestCounts};
use super::credential::TokenIssuer;
use super::patience::Patience;
use super::question_pace::QuestionPace;
use super::sent_secrets::SentSecrets;
use super::token::TokenCache;
use super::transport::{ClientConfig, Transport, extra_roots};
use super::unreachable::unreachable;
use super::{Class, Failure, GraphSettings, Operation, SetupError, Verb};
use crate::clock::Clock;
use crate::model::{Arrival, Timestamp};

/// A question that shows whether anybody answers is waited for so long.
const THERE_WITHIN: Duration = Duration::from_secs(5);
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const THROTTLE_PRIORITY: HeaderName = HeaderName::from_static("x-ms-throttle-priority");
/// A bulk sync steps back before the work of people does.
const LOW: HeaderValue = HeaderValue::from_static("Low");

/// Nothing that asks for another token changes that.
const MANAGED: &str = "Azure keeps the token of a managed identity for up to 24 hours, so a permission that was granted may take \
                       that long to show; nothing here makes that quicker.";

/// Speaks to one tenant in one cloud. Cheap to clone; clones share connections, token and counters.
#[derive(Clone)]
pub(crate) struct Client(Arc<Inner>);

struct Inner {
    endpoints: Endpoints,
    host: String,
    transport: Transport,
    tokens: TokenCache<TokenIssuer>,
    tally: Arc<RequestCounter>,
    sent: SentSecrets,
    clock: Clock,
    patience: Arc<Patience>,
    pace: QuestionPace,
}

impl Client {
    /// Checks the settings and reads the files they name. Sends nothing yet.
    pub(crate) fn new(settings: GraphSettings, clock: Clock) -> Result<Self, SetupError> {
        let endpoints = Endpoints::of(&settings.cloud)?;
        let config = ClientConfig {
            loopback: endpoints.graph_is_loopback,
            plain: endpoints.graph_url.scheme() == "http",
            extra_roots: extra_roots(settings.ca_file.as_deref())?,
            proxies: settings.proxies.clone(),
            timeout: settings.timeout,
        };
        let tally = Arc::<RequestCounter>::default();
        let (patience, sent) = (Arc::<Patience>::default(), SentSecrets::default());
        let shared = (Arc::clone(&tally), sent.clone());
        let issuer = TokenIssuer::new(settings, &endpoints, &config, shared, clock.clone())?.within(Arc::clone(&patience));
        Ok(Self(Arc::new(Inner {
            host: endpoints.graph_url.host_str().unwrap_or_default().to_owned(),
            transport: Transport::new(config)?,
            endpoints,
            tokens: TokenCache::new(issuer, clock.clone()),
            tally,
            sent,
            clock,
            patience,
            pace: QuestionPace::default(),
        })))
    }

    /// Proves the credential: gets a token, unless a good one is at hand.
    pub(crate) async fn sign_in(&self) -> Result<(), Failure> {
        self.0.tokens.get().await.map(drop)
    }

    /// Proves that Graph accepts the token, after it did not: whatever it answers else, it does.
    pub(crate) async fn prove_token(&self) -> Result<(), Failure> {
        match self.ask_anything().await {
            Err(failure) if failure.class == Class::SignIn => Err(failure),
            _ => Ok(()),
        }
    }

    /// Whether a question to the directory is answered.
    pub(crate) async fn answers(&self) -> bool {
        matches!(tokio::time::timeout(THERE_WITHIN, self.ask_anything()).await, Ok(Ok(())))
    }

    /// Whether Graph itself answers, be it to refuse: asked where what was asked for got no answer that can be used.
    pub(crate) async fn is_there(&self) -> bool {
        match tokio::time::timeout(THERE_WITHIN, self.ask_anything()).await {
            Ok(Ok(())) => true,
            Ok(Err(failure)) => failure.arrival() == Arrival::Refused,
            Err(_) => false,
        }
    }

    /// What is said of all that waits in vain, if it waits for the sign-in service.
    pub(crate) fn unheard(&self, waited: Duration) -> Option<Failure> {
        self.0.tokens.is_asking().then(|| self.issuer().unheard(waited))
    }

    /// From now on a wait that the service asks for, at sign-in or before a directory question, is a failure that says so
    /// where it would take longer than this; so are several waits without an answer between.
    pub(crate) fn be_patient(&self, most: Duration) {
        self.0.patience.set(most);
    }

    /// How long a pause lasts still that directory questions were asked to make.
    pub(crate) fn asked_pause(&self) -> Duration {
        self.0.pace.paused(self.0.clock.elapsed())
    }

    /// What a person who has granted a permission should know of how tokens come about here.
    pub(crate) fn token_note(&self) -> Option<&'static str> {
        self.issuer().is_managed().then_some(MANAGED)
    }

    /// Permissions may have been granted by now: what is sent next goes with a new token, if the one at hand is as old as this.
    pub(crate) fn doubt_permissions(&self, age: Duration) {
        self.0.tokens.doubt(age);
    }

    /// The permissions the token seems to grant; none if it can't be read. A token without any is handed out willingly,
    /// and only Graph's 403 tells; this tells earlier, but is for people only.
    pub(crate) async fn granted(&self) -> Result<Option<Vec<String>>, Failure> {
        Ok(self.0.tokens.get().await?.granted.clone())
    }

    /// How far the sign-in service's clock is ahead of this machine's (negative: behind), in milliseconds, once it was
    /// seen. Assertions allow for it; certificates and logs don't.
    pub(crate) fn clock_skew(&self) -> Option<i64> {
        self.0.tokens.issuer().skew()
    }

    /// When the credential ends, where it tells: a certificate does, a secret does not.
    pub(crate) fn credential_ends(&self) -> Option<Timestamp> {
        self.0.tokens.issuer().ends()
    }

    /// Counts since the client was made.
    pub(crate) fn counters(&self) -> RequestCounts {
        self.0.tally.read()
    }

    /// Graph's root with its version, without a trailing slash.
    pub(super) fn root(&self) -> &str {
        &self.0.endpoints.graph
    }

    pub(super) fn issuer(&self) -> &TokenIssuer {
        self.0.tokens.issuer()
    }

    pub(super) fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(super) fn patience(&self) -> &Patience {
        &self.0.patience
    }

    pub(super) fn pace(&self) -> &QuestionPace {
        &self.0.pace
    }

    /// A failure that tells of an answer, without what repeats a secret.
    pub(super) fn without_secrets(&self, failure: Failure) -> Failure {
        self.0.sent.taken_from(failure)
    }

    pub(super) fn tally(&self) -> &RequestCounter {
        &self.0.tally
    }

    /// Sends a request with a token and returns the answer if it is a success. `make` builds the request; it is
    /// called a second time if the token was refused and another one could be had.
    pub(super) async fn send<F>(&self, what: Operation, make: F) -> Result<HttpAnswer, Failure>
    where
        F: Fn(&reqwest::Client) -> RequestBuilder + Sync,
    {
        let token = self.0.tokens.get().await?;
        let answer = self.send_once(what, &make, &token.header).await?;
        if !matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return self.judged(answer, what);
        }
        // Not every 401 is about the token: a tenant without Exchange Online is told so, too. And a permission that was
        // granted shows only in a token that was issued since.
        let refusal = self.refusal(&answer, what);
        let renews = match refusal.class {
            Class::SignIn => answer.status == StatusCode::UNAUTHORIZED,
            Class::KindForbidden => self.0.tokens.may_be_outdated(&token),
            _ => false,
        };
        if !renews {
            return Err(refusal);
        }
        tracing::debug!("the token was refused, or lacks a permission; renewing it");
        let token = self.0.tokens.replace(token.generation).await?;
        let answer = self.send_once(what, &make, &token.header).await?;
        self.judged(answer, what)
    }

    /// Sends a request with a token that is not the cache's.
    pub(super) async fn send_as<F>(&self, token: &HeaderValue, what: Operation, make: F) -> Result<HttpAnswer, Failure>
    where
        F: Fn(&reqwest::Client) -> RequestBuilder + Sync,
    {
        let answer = self.send_once(what, &make, token).await?;
        self.judged(answer, what)
    }

    async fn send_once<F>(&self, what: Operation, make: &F, token: &HeaderValue) -> Result<HttpAnswer, Failure>
    where
        F: Fn(&reqwest::Client) -> RequestBuilder + Sync,
    {
        let (pool, http) = self.0.transport.client();
        let mut id = [0; uuid::fmt::Hyphenated::LENGTH];
        let id = request_id().hyphenated().encode_lower(&mut id);
        let request =
            make(&http).header(AUTHORIZATION, token.clone()).header(CLIENT_REQUEST_ID, &*id).header(THROTTLE_PRIORITY, LOW);
        self.0.tally.request();
        self.0.sent.note_header(token);
        let mut answer = match request.send().await {
            Ok(response) => HttpAnswer::read(response, Body::of(what.verb), &self.0.host).await?,
            Err(error) => return Err(unreachable(error, &self.0.host)),
        };
        answer.forget(&self.0.sent);
        tracing::trace!(status = answer.status.as_u16(), client_request_id = id, "Graph answered");
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            self.0.tally.throttled();
        }
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            // Microsoft's best practices: after a 503, always over a new connection.
            self.0.transport.renew(pool, self.0.clock.elapsed());
        }
        Ok(answer)
    }

    fn judged(&self, answer: HttpAnswer, what: Operation) -> Result<HttpAnswer, Failure> {
        let good = match what.verb {
            Verb::PutPhoto | Verb::DeletePhoto => is_done(&answer.headers, &answer.body),
            Verb::ReadPhoto | Verb::Look | Verb::ReadPolicy => !is_html(&answer.headers, &answer.body),
        };
        if answer.status.is_success() && good {
            if matches!(what.verb, Verb::Look | Verb::ReadPolicy) && self.0.sent.are_in_document(&answer.body) {
                return Err(Failure::odd("repeats what was sent in secret"));
            }
            self.0.patience.answered();
            return Ok(answer);
        }
        Err(self.refusal(&answer, what))
    }

    fn refusal(&self, answer: &HttpAnswer, what: Operation) -> Failure {
        let mut failure = classify(answer.status, &answer.headers, &answer.body, what, self.0.clock.now());
        if failure.class == Class::KindForbidden && self.issuer().is_managed() {
            failure.cure = format!("{} {MANAGED}", failure.cure).into();
        }
        self.without_secrets(failure)
    }
}

/// A name for one request, for people to compare logs by. Nothing rests on nobody guessing it, so the system's source of
/// randomness is left alone.
fn request_id() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid()
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.0.endpoints.graph)
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
