//! The token endpoint of the tenant: one form, one answer. Follows "Microsoft identity platform and the OAuth 2.0
//! client credentials flow" and, for other providers' tokens, "Workload identity federation".

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::super::cloud::Endpoints;
use super::super::path::is_segment;
use super::super::sent_secrets::SentSecrets;
use super::super::transport::Transport;
use super::super::{Class, Failure, SetupError};
use super::certificate::Signer;
use super::{Credential, SecretNow};
use crate::files::{Bounds, aside, read_text};
use crate::model::Timestamp;

/// How the form is proved.
#[derive(Clone)]
pub(super) enum Proof {
    Secret(SecretString),
    /// The secret at the beginning; it is read once more for each sign-in.
    KeptSecret(SecretString, SecretNow),
    Certificate(Signer),
    /// A file that another identity provider keeps fresh.
    File(PathBuf),
}

/// An application at the token endpoint of its tenant.
pub(super) struct Form {
    pub(super) proof: Proof,
    client_id: String,
    scope: String,
    token_url: String,
}

impl Form {
    pub(super) fn new(tenant: &str, client_id: &str, proof: Proof, endpoints: &Endpoints) -> Result<Self, SetupError> {
        let (tenant, client_id) = (checked_tenant(tenant)?, checked_client(client_id)?);
        Ok(Self {
            proof,
            client_id: client_id.to_owned(),
            scope: endpoints.default_scope(),
            token_url: endpoints.sign_in(tenant, "token"),
        })
    }

    /// The request, proved as of `now` on the sign-in service's clock.
    pub(super) async fn request(
        &self,
        transport: &Transport,
        now: Timestamp,
        sent: &SentSecrets,
    ) -> Result<reqwest::RequestBuilder, Failure> {
        let mut form = vec![
            ("client_id", self.client_id.clone()),
            ("scope", self.scope.clone()),
            ("grant_type", "client_credentials".to_owned()),
        ];
        let mut with_secret = |secret: &SecretString| {
            sent.note(secret.expose_secret());
            form.push(("client_secret", secret.expose_secret().to_owned()));
        };
        let assertion = match &self.proof {
            Proof::Secret(secret) => {
                with_secret(secret);
                None
            }
            Proof::KeptSecret(secret, now) => {
                with_secret(now.read().await.as_ref().unwrap_or(secret));
                None
            }
            Proof::Certificate(signer) => Some(signer.assertion(&self.token_url, &self.client_id, now)?),
            Proof::File(file) => Some(read_assertion(file).await?),
        };
        if let Some(assertion) = assertion {
            sent.note(&assertion);
            form.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()));
            form.push(("client_assertion", assertion));
        }
        Ok(transport.client().1.post(&self.token_url).form(&form))
    }
}

/// How a credential is proved by form; none where there is nothing of ours to prove.
pub(super) fn proof_of(credential: Credential) -> Result<Option<Proof>, SetupError> {
    Ok(Some(match credential {
        Credential::ClientSecret(secret) | Credential::KeptSecret { secret, .. } if secret.expose_secret().trim().is_empty() => {
            return Err(SetupError::Credential("the client secret is empty".to_owned()));
        }
        Credential::ClientSecret(secret) => Proof::Secret(secret),
        Credential::KeptSecret { secret, now } => Proof::KeptSecret(secret, now),
        Credential::Certificate { certificate_pem, key_pem } => Proof::Certificate(Signer::new(&certificate_pem, &key_pem)?),
        Credential::WorkloadIdentity { token_file } => Proof::File(token_file),
        Credential::ManagedIdentity { .. } | Credential::Delegated { .. } => return Ok(None),
    }))
}

/// A tenant id or domain, which can stand in a URL as it is.
pub(super) fn checked_tenant(tenant: &str) -> Result<&str, SetupError> {
    let tenant = tenant.trim();
    if tenant.is_empty() {
        return Err(SetupError::Missing("tenant"));
    }
    let plain = tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if plain && is_segment(tenant) { Ok(tenant) } else { Err(SetupError::Tenant) }
}

/// The application's id.
pub(super) fn checked_client(client_id: &str) -> Result<&str, SetupError> {
    match client_id.trim() {
        "" => Err(SetupError::Missing("client_id")),
        client_id => Ok(client_id),
    }
}

/// Longest token, in bytes; Kubernetes' have about a thousand.
const MAX_TOKEN_BYTES: u64 = 64 * 1024;

/// Read for each sign-in, since its owner replaces it every hour or so.
async fn read_assertion(file: &Path) -> Result<String, Failure> {
    let fault = |why: String| {
        Failure::local(
            Class::SignIn,
            format!("the federated token file {} can't be used: {why}", file.display()),
            "Check graph.credential.workload_identity and that the service's user may read the file.",
        )
    };
    let own = file.to_owned();
    let token = aside(move || read_text(&own, Bounds::small(MAX_TOKEN_BYTES))).await.map_err(|error| fault(error.to_string()))?;
    let token = token.trim();
    if token.is_empty() { Err(fault("it is empty".to_owned())) } else { Ok(token.to_owned()) }
}
