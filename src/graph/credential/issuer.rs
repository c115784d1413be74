//! Issues tokens: asks the sign-in service, tries again what may pass, and watches its clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};

use super::super::answer::{Body, HttpAnswer};
use super::super::cloud::Endpoints;
use super::super::counters::RequestCounter;
use super::super::cure::Cure;
use super::super::patience::Patience;
use super::super::retry_after::server_time;
use super::super::sent_secrets::SentSecrets;
use super::super::token::{Grant, IssueToken};
use super::super::transport::{ClientConfig, Transport};
use super::super::unreachable::unreachable;
use super::super::{Class, Failure, GraphSettings, SetupError};
use super::Credential;
use super::delegated::Delegated;
use super::form::{Form, Proof, proof_of};
use super::grant::TokenAnswer;
use super::managed::{Managed, Surroundings};
use super::refusal::refusal;
use crate::clock::Clock;
use crate::model::Timestamp;

/// Waits between tries of a sign-in that may pass.
const WAITS: &[Duration] = &[Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// Waits that the documentation of machine identities asks for; such an endpoint may be updating for a minute.
const MACHINE_WAITS: &[Duration] =
    &[Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8), Duration::from_secs(16), Duration::from_secs(40)];
/// A longer wait is left to the caller.
const LONGEST_WAIT: Duration = Duration::from_secs(40);
/// Clocks nearer than this are in agreement.
const SKEW_THAT_MATTERS: i64 = 60_000;

/// Who hands out the token.
pub(super) enum TokenSource {
    Form(Form),
    Managed(Managed),
    Delegated(Delegated),
}

/// Hands out tokens for the configured application.
pub(in super::super) struct TokenIssuer {
    pub(super) source: TokenSource,
    host: String,
    pub(super) transport: Transport,
    tally: Arc<RequestCounter>,
    /// Shared with the client, so that neither side repeats what the other was told.
    pub(super) sent: SentSecrets,
    pub(super) clock: Clock,
    /// Milliseconds by which the service's clock is ahead of ours; `i64::MIN` while unknown.
    skew: AtomicI64,
    patience: Arc<Patience>,
}

impl TokenIssuer {
    pub(in super::super) fn new(
        settings: GraphSettings,
        endpoints: &Endpoints,
        config: &ClientConfig,
        shared: (Arc<RequestCounter>, SentSecrets),
        clock: Clock,
    ) -> Result<Self, SetupError> {
        Self::in_surroundings(settings, endpoints, config, shared, clock, Surroundings::of_process())
    }

    /// Waits no longer than this has it.
    pub(in super::super) fn within(self, patience: Arc<Patience>) -> Self {
        Self { patience, ..self }
    }

    fn in_surroundings(
        settings: GraphSettings,
        endpoints: &Endpoints,
        config: &ClientConfig,
        (tally, sent): (Arc<RequestCounter>, SentSecrets),
        clock: Clock,
        around: Surroundings,
    ) -> Result<Self, SetupError> {
        let source = match settings.credential {
            Credential::ManagedIdentity { client_id } => {
                TokenSource::Managed(Managed::new(client_id.as_deref(), &endpoints.resource, around)?)
            }
            Credential::Delegated { saved, permissions, one_person } => {
                let (tenant, client_id) = (&settings.tenant, &settings.client_id);
                TokenSource::Delegated(Delegated::new(tenant, client_id, (saved, &permissions, one_person), endpoints)?)
            }
            credential => match proof_of(credential)? {
                Some(proof) => TokenSource::Form(Form::new(&settings.tenant, &settings.client_id, proof, endpoints)?),
                None => return Err(SetupError::Missing("credential")),
            },
        };
        let (host, on_machine, plain) = match &source {
            TokenSource::Form(_) | TokenSource::Delegated(_) => {
                (endpoints.login_host(), endpoints.login_is_loopback, endpoints.login.starts_with("http:"))
            }
            // Link-local or loopback, plain http, and never by way of a proxy.
            TokenSource::Managed(managed) => (managed.host.clone(), true, true),
        };
        let transport = Transport::new(ClientConfig { loopback: on_machine, plain, ..config.clone() })?;
        Ok(Self { source, host, transport, tally, sent, clock, skew: AtomicI64::new(i64::MIN), patience: Arc::default() })
    }

    /// Milliseconds by which the sign-in service's clock is ahead of this machine's, once it was seen.
    pub(in super::super) fn skew(&self) -> Option<i64> {
        Some(self.skew.load(Ordering::Relaxed)).filter(|skew| *skew != i64::MIN)
    }

    /// A person signs in, not an application.
    pub(in super::super) const fn is_person(&self) -> bool {
        matches!(self.source, TokenSource::Delegated(_))
    }

    /// Azure hands out the tokens, and keeps them for as long as it likes.
    pub(in super::super) const fn is_managed(&self) -> bool {
        matches!(self.source, TokenSource::Managed(_))
    }

    /// When the credential ends, where it tells.
    pub(in super::super) fn ends(&self) -> Option<Timestamp> {
        match &self.source {
            TokenSource::Form(Form { proof: Proof::Certificate(signer), .. }) => signer.ends,
            _ => None,
        }
    }

    async fn try_in_time(&self) -> Result<Grant, Failure> {
        let Some(patience) = self.patience.hears_out(self.clock.elapsed()) else { return self.try_once().await };
        let granted = tokio::time::timeout(patience, self.try_once()).await.unwrap_or_else(|_| Err(self.unheard(patience)));
        if granted.is_ok() {
            self.patience.answered();
        }
        granted
    }

    /// The sign-in service has not answered for so long.
    pub(in super::super) fn unheard(&self, waited: Duration) -> Failure {
        let cause = format!("no answer came from {} within {} s", self.host, waited.as_secs().max(1));
        let cure = "Check the network, the proxy and its settings (HTTPS_PROXY), then try again.";
        self.unreached(Failure::local(Class::Offline, cause, cure))
    }

    async fn try_once(&self) -> Result<Grant, Failure> {
        let mut answer = match &self.source {
            TokenSource::Form(form) => self.send(form.request(&self.transport, self.service_now(), &self.sent).await?).await?,
            TokenSource::Managed(managed) => self.send(managed.request(&self.transport, &self.sent)).await?,
            TokenSource::Delegated(person) => self.send(person.request(&self.transport, &self.sent).await?).await?,
        };
        if let TokenSource::Managed(managed) = &self.source
            && let Some(second) = managed.second_request(&answer, &self.transport, &self.sent).await?
        {
            answer = self.send(second).await?;
        }
        self.notice_clock(&answer);
        if answer.status.is_success()
            && let Some(token) = TokenAnswer::read(&answer.body)
        {
            if let (TokenSource::Delegated(person), Some(refresh)) = (&self.source, token.refresh()) {
                person.renewed(refresh).await?;
            }
            return Ok(token.grant(self.clock.now()));
        }
        Err(self.refused(&answer))
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Result<HttpAnswer, Failure> {
        let (pool, _) = self.transport.client();
        self.tally.sign_in_request();
        let mut answer = match request.send().await {
            Ok(response) => {
                HttpAnswer::read(response, Body::Token, &self.host).await.map_err(|failure| self.unreached(failure))?
            }
            Err(error) => return Err(self.unreached(unreachable(error, &self.host))),
        };
        answer.forget(&self.sent);
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            self.transport.renew(pool, self.clock.elapsed());
        }
        Ok(answer)
    }

    fn unreached(&self, mut failure: Failure) -> Failure {
        if matches!(self.source, TokenSource::Managed(_)) {
            failure.cause = "no managed identity is handed out here".into();
            failure.cure =
                "Run on an Azure VM, App Service or Arc server with an identity, or choose another graph.credential.".into();
        }
        failure
    }

    pub(super) fn refused(&self, answer: &HttpAnswer) -> Failure {
        let mut failure = refusal(answer, &self.host, self.clock.now());
        if matches!(self.source, TokenSource::Managed(_)) && !answer.status.is_success() {
            // 404 and 410: the endpoint is starting or being updated.
            if matches!(answer.status.as_u16(), 404 | 410) {
                failure.class = Class::Transient;
                failure.cause = "the managed identity endpoint is starting".into();
                failure.cure = Cure::Wait;
            } else if failure.class == Class::SignIn {
                failure.cause = "this machine has no such managed identity".into();
                failure.cure = "Assign the identity to this machine, check graph.credential.managed_identity.client_id, and \
                                grant its service principal the Graph permissions."
                    .into();
            }
            failure.settle_final_reason();
        }
        if matches!(self.source, TokenSource::Delegated(_)) && failure.code.as_deref() == Some("AADSTS65001") {
            failure.cause = "the rules need permissions that nobody has agreed to yet".into();
            failure.cure = "Run `photosyncd login` again; if only an administrator may agree, first give admin consent under \
                            App registrations > API permissions."
                .into();
        }
        if failure.class == Class::SignIn
            && let Some(ends) = self.ends().filter(|ends| *ends <= self.service_now())
        {
            failure.cause = format!("the certificate ended on {}", ends.to_string().get(..10).unwrap_or_default()).into();
            failure.cure = "Make a new certificate, upload it under App registrations > Certificates & secrets, and name it \
                            under graph.credential.certificate."
                .into();
        }
        self.sent.taken_from(failure)
    }

    /// Now, on the service's clock if that is known to be another.
    fn service_now(&self) -> Timestamp {
        let now = self.clock.now();
        match self.skew() {
            Some(skew) if skew.abs() > SKEW_THAT_MATTERS => Timestamp::from_millis(now.millis().saturating_add(skew)),
            _ => now,
        }
    }

    fn notice_clock(&self, answer: &HttpAnswer) {
        let Some(theirs) = server_time(&answer.headers) else { return };
        let skew = theirs.millis().saturating_sub(self.clock.now().millis());
        let differs = |skew: i64| skew != i64::MIN && skew.abs() > SKEW_THAT_MATTERS;
        let before = self.skew.swap(skew, Ordering::Relaxed);
        if differs(skew) && !differs(before) {
            tracing::warn!(
                seconds = skew / 1000,
                "This machine's clock differs from the sign-in service's; check its time service"
            );
        }
    }
}

impl IssueToken for TokenIssuer {
    async fn issue(&self) -> Result<Grant, Failure> {
        let mut waits = match self.source {
            TokenSource::Form(_) | TokenSource::Delegated(_) => WAITS.iter(),
            TokenSource::Managed(_) => MACHINE_WAITS.iter(),
        };
        let mut clock_was_known = self.skew().is_some();
        let signs = matches!(&self.source, TokenSource::Form(Form { proof: Proof::Certificate(_), .. }));
        loop {
            let failure = match self.try_in_time().await {
                Ok(grant) => return Ok(grant),
                Err(failure) => failure,
            };
            // A wrong clock of ours made the assertion invalid; now that theirs is known, once more.
            let wrong_clock = self.skew().is_some_and(|skew| skew.abs() > SKEW_THAT_MATTERS);
            if failure.class == Class::SignIn && signs && !clock_was_known && wrong_clock {
                clock_was_known = true;
                continue;
            }
            let passes = matches!(failure.class, Class::Transient | Class::Throttled);
            let Some(wait) = waits.next().filter(|_| passes) else { return Err(of_sign_in(failure)) };
            let wait = failure.retry_after.unwrap_or(*wait);
            if wait > LONGEST_WAIT || !self.patience.allows(wait, self.clock.elapsed()) {
                return Err(of_sign_in(failure));
            }
            tracing::debug!(%failure, ?wait, "sign-in is tried again");
            tokio::time::sleep(wait).await;
        }
    }
}

/// A refusal that lasts, such as that of a machine's identity service which never finishes starting, concerns the sign-in
/// and says nothing about what was to be asked with the token.
fn of_sign_in(mut failure: Failure) -> Failure {
    let refused = failure.status.is_some_and(|status| (400..500).contains(&status) && !matches!(status, 408 | 429));
    if refused && failure.class == Class::Transient {
        failure.class = Class::SignIn;
        failure.settle_final_reason();
    }
    failure
}

#[cfg(test)]
#[path = "issuer_tests.rs"]
mod tests;
