//! A person signs in once by device code; from then on the refresh token, kept where only the service's user can read
//! it, gives access. Follows "Microsoft identity platform and the OAuth 2.0 device authorization grant
//! flow".

use std::time::Duration;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::super::cloud::{Endpoints, is_loopback};
use super::super::sent_secrets::SentSecrets;
use super::super::transport::Transport;
use super::super::{Class, Failure, SetupError};
use super::form::{checked_client, checked_tenant};
use super::saved_sign_in::{SavedSignIn, SavedTokens};

/// Polling is never quicker than this, whatever the service says.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// Nor slower.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// A code is good for 15 minutes by default; never longer than this.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// Longest code that a person is asked to type; Entra's have nine letters.
const LONGEST_USER_CODE: usize = 40;
/// Longest address of the page where it is typed.
const LONGEST_PAGE: usize = 200;

/// What the person has to type, and where. `Debug` shows no secrets.
#[derive(Debug)]
pub(crate) struct DeviceCode {
    /// The code to type.
    pub user_code: String,
    /// Where to type it.
    pub verification_uri: String,
    /// How long the code is good.
    pub life: Duration,
    pub(in super::super) code: SecretString,
    pub(in super::super) interval: Duration,
}

#[derive(Deserialize)]
struct DeviceAnswer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    expires_in: Option<u64>,
    interval: Option<u64>,
}

/// Who signed in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SignedInPerson {
    /// Object id.
    pub id: String,
    /// Sign-in name.
    pub user_principal_name: Option<String>,
    /// As people read it.
    pub display_name: Option<String>,
}

impl std::fmt::Debug for SignedInPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({})", self.id)
    }
}

/// A signed-in person.
pub(super) struct Delegated {
    client_id: String,
    scope: String,
    token_url: String,
    device_url: String,
    saved: SavedSignIn,
    one_person: bool,
}

impl Delegated {
    pub(super) fn new(
        tenant: &str,
        client_id: &str,
        credential: (SavedSignIn, &[&'static str], bool),
        endpoints: &Endpoints,
    ) -> Result<Self, SetupError> {
        let (tenant, client_id) = (checked_tenant(tenant)?, checked_client(client_id)?);
        let (saved, permissions, one_person) = credential;
        let prefix = endpoints.delegated_prefix();
        let mut scope = String::new();
        for permission in permissions {
            scope.push_str(&prefix);
            scope.push_str(permission);
            scope.push(' ');
        }
        // Whoever signs in is asked for by name; every permission to read users includes this one.
        if !permissions.iter().any(|permission| permission.starts_with("User.Read")) {
            scope.push_str(&prefix);
            scope.push_str("User.Read ");
        }
        scope.push_str("offline_access");
        Ok(Self {
            client_id: client_id.to_owned(),
            scope,
            token_url: endpoints.sign_in(tenant, "token"),
            device_url: endpoints.sign_in(tenant, "devicecode"),
            saved,
            one_person,
        })
    }

    /// Renews the access token from the kept refresh token.
    pub(super) async fn request(&self, transport: &Transport, sent: &SentSecrets) -> Result<RequestBuilder, Failure> {
        let Some(saved) = self.saved.read().await? else {
            let cure = "Run `photosyncd login` as the service's user.";
            return Err(Failure::local(Class::SignIn, "nobody has signed in yet", cure));
        };
        sent.note(saved.refresh.expose_secret());
        Ok(form(
            transport,
            &self.token_url,
            &[
                ("client_id", self.client_id.as_str()),
                ("scope", &self.scope),
                ("grant_type", "refresh_token"),
                ("refresh_token", saved.refresh.expose_secret()),
            ],
        ))
    }

    /// Asks for a device code.
    pub(super) fn device_request(&self, transport: &Transport) -> RequestBuilder {
        form(transport, &self.device_url, &[("client_id", self.client_id.as_str()), ("scope", &self.scope)])
    }

    /// Asks whether the person has typed the code.
    pub(super) fn poll_request(&self, transport: &Transport, sent: &SentSecrets, device: &DeviceCode) -> RequestBuilder {
        sent.note(device.code.expose_secret());
        form(
            transport,
            &self.token_url,
            &[
                ("client_id", self.client_id.as_str()),
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", device.code.expose_secret()),
            ],
        )
    }

    /// Keeps the refresh token that came with a renewal; it replaces the old one.
    pub(super) async fn renewed(&self, refresh: SecretString) -> Result<(), Failure> {
        let person = self.saved.read().await?.map(|saved| saved.person).unwrap_or_default();
        self.saved.write(SavedTokens { refresh, person }).await
    }

    /// Keeps a new sign-in. Where `me` is mapped, what was delivered so far is the first person's: another one must not
    /// step in.
    pub(super) async fn keep(&self, refresh: SecretString, person: &SignedInPerson) -> Result<(), Failure> {
        // A damaged file stands for nobody, and is replaced.
        if let Ok(Some(before)) = self.saved.read().await
            && self.one_person
            && !before.person.eq_ignore_ascii_case(&person.id)
        {
            let cause = "somebody else has signed in here before, and `me` stands for them";
            let cure = "Sign in as the same person; or set another ledger.path, so that `me` starts over with this one.";
            return Err(Failure::local(Class::SignIn, cause, cure));
        }
        self.saved.write(SavedTokens { refresh, person: person.id.clone() }).await
    }
}

fn form(transport: &Transport, url: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    transport.client().1.post(url).form(fields)
}

const fn is_of_code(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Reads the answer to a request for a device code.
pub(super) fn device_code(body: &[u8]) -> Option<DeviceCode> {
    let answer: DeviceAnswer = serde_json::from_slice(body).ok()?;
    // Both are shown to a person, who follows them: nothing but what a code and a page's address are made of.
    let is_code = (1..=LONGEST_USER_CODE).contains(&answer.user_code.len()) && answer.user_code.bytes().all(is_of_code);
    let url = reqwest::Url::parse(&answer.verification_uri).ok()?;
    let is_page = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
    if !is_code || !is_page || url.as_str().len() > LONGEST_PAGE {
        return None;
    }
    let seconds = |seconds: Option<u64>, usual| Duration::from_secs(seconds.unwrap_or(usual));
    Some(DeviceCode {
        user_code: answer.user_code,
        verification_uri: url.into(),
        life: seconds(answer.expires_in, 900).min(LONGEST_LIFE),
        code: SecretString::from(answer.device_code),
        interval: seconds(answer.interval, 5).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL),
    })
}
