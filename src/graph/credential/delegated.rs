//! A person signs in once by device code; from then on the refresh token, kept in a file that only the service's
//! user can read, gives access. Follows "Microsoft identity platform and the OAuth 2.0 device authorization grant
//! flow".

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::super::cloud::Endpoints;
use super::super::transport::Transport;
use super::super::{Class, Failure, SetupError};
use super::form::{checked_client, checked_tenant};

/// Polling is never quicker than this, whatever the service says.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// Nor slower.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// A code is good for 15 minutes by default; never longer than this.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// What the person has to type, and where. `Debug` shows no secrets.
#[derive(Debug)]
pub struct DeviceCode {
    /// The code to type.
    pub user_code: String,
    /// Where to type it.
    pub verification_uri: String,
    /// Both in the service's own words.
    pub message: String,
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
    #[serde(default)]
    message: String,
    expires_in: Option<u64>,
    interval: Option<u64>,
}

/// A signed-in person.
pub(super) struct Delegated {
    client_id: String,
    scope: String,
    token_url: String,
    device_url: String,
    token_file: PathBuf,
}

impl Delegated {
    pub(super) fn new(
        tenant: &str,
        client_id: &str,
        token_file: PathBuf,
        contacts: bool,
        endpoints: &Endpoints,
    ) -> Result<Self, SetupError> {
        let tenant = checked_tenant(tenant)?;
        let client_id = checked_client(client_id)?;
        let prefix = endpoints.delegated_prefix();
        let contacts = if contacts { format!(" {prefix}Contacts.ReadWrite") } else { String::new() };
        Ok(Self {
            client_id: client_id.to_owned(),
            scope: format!("{prefix}User.ReadWrite{contacts} offline_access"),
            token_url: endpoints.sign_in(tenant, "token"),
            device_url: endpoints.sign_in(tenant, "devicecode"),
            token_file,
        })
    }

    /// Renews the access token from the kept refresh token.
    pub(super) async fn request(&self, transport: &Transport) -> Result<RequestBuilder, Failure> {
        let kept = tokio::fs::read_to_string(&self.token_file).await.map_err(|error| {
            let cause = if error.kind() == std::io::ErrorKind::NotFound {
                "nobody has signed in yet".to_owned()
            } else {
                format!("the kept sign-in can't be read: {error}")
            };
            Failure::local(Class::SignIn, cause, "Run `photosyncd login` as the service's user.")
        })?;
        let refresh = kept.trim().to_owned();
        Ok(form(
            transport,
            &self.token_url,
            &[
                ("client_id", self.client_id.as_str()),
                ("scope", &self.scope),
                ("grant_type", "refresh_token"),
                ("refresh_token", &refresh),
            ],
        ))
    }

    /// Asks for a device code.
    pub(super) fn device_request(&self, transport: &Transport) -> RequestBuilder {
        form(transport, &self.device_url, &[("client_id", self.client_id.as_str()), ("scope", &self.scope)])
    }

    /// Asks whether the person has typed the code.
    pub(super) fn poll_request(&self, transport: &Transport, device: &DeviceCode) -> RequestBuilder {
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

    /// Keeps a refresh token; each renewal may bring a new one that replaces the old.
    pub(super) async fn keep(&self, refresh: &SecretString) -> Result<(), Failure> {
        let (file, refresh) = (self.token_file.clone(), refresh.clone());
        let written = tokio::task::spawn_blocking(move || write_private(&file, refresh.expose_secret())).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::local(
                Class::SignIn,
                format!("the sign-in could not be kept: {error}"),
                "Let the service's user write the state directory.",
            )),
            Err(_) => Err(Failure::local(Class::Bug, "keeping the sign-in was interrupted", "Run `photosyncd login` again.")),
        }
    }
}

fn form(transport: &Transport, url: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    transport.client().1.post(url).form(fields)
}

/// Reads the answer to a request for a device code.
pub(super) fn device_code(body: &[u8]) -> Option<DeviceCode> {
    let answer: DeviceAnswer = serde_json::from_slice(body).ok()?;
    let seconds = |seconds: Option<u64>, usual| Duration::from_secs(seconds.unwrap_or(usual));
    Some(DeviceCode {
        user_code: answer.user_code,
        verification_uri: answer.verification_uri,
        message: answer.message,
        life: seconds(answer.expires_in, 900).min(LONGEST_LIFE),
        code: SecretString::from(answer.device_code),
        interval: seconds(answer.interval, 5).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL),
    })
}

/// Whole or not at all, and never readable by others, not even for a moment.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    // A leftover of a crash could have other permissions.
    let _ = std::fs::remove_file(&beside);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&beside, file)
}
