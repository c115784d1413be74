//! The identity of the Azure machine this runs on: a virtual machine, an App Service or container app, or a server
//! connected by Azure Arc. Follows "How to use managed identities on an Azure VM to acquire an access token" and the
//! conventions of Microsoft's own libraries for the other two.

use std::path::{Path, PathBuf};

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Url};

use super::super::answer::HttpAnswer;
use super::super::path::query_value;
use super::super::sent_secrets::SentSecrets;
use super::super::transport::Transport;
use super::super::{Class, Failure, SetupError};
use crate::files::{Bounds, FileError, aside, read_text};

const MACHINE: &str = "http://169.254.169.254";
const ARC_KEYS: &str = "/var/opt/azcmagent/tokens";
/// An Arc key file is at most this long.
const LONGEST_KEY: u64 = 4096;

/// What the environment says about where identities are handed out.
#[derive(Clone, Default)]
pub(super) struct Surroundings {
    identity_endpoint: Option<String>,
    identity_header: Option<String>,
    imds_endpoint: Option<String>,
    machine_endpoint: Option<String>,
    arc_keys: Option<PathBuf>,
}

impl Surroundings {
    /// As the platform set it for this process.
    pub(super) fn of_process() -> Self {
        let read = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        Self {
            identity_endpoint: read("IDENTITY_ENDPOINT"),
            identity_header: read("IDENTITY_HEADER"),
            imds_endpoint: read("IMDS_ENDPOINT"),
            machine_endpoint: read("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
            arc_keys: None,
        }
    }
}

/// Where identities are handed out.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Platform {
    VirtualMachine,
    AppService { header: String },
    Arc { keys: PathBuf },
}

/// A managed identity.
pub(super) struct Managed {
    platform: Platform,
    url: String,
    pub(super) host: String,
}

impl Managed {
    pub(super) fn new(client_id: Option<&str>, resource: &str, around: Surroundings) -> Result<Self, SetupError> {
        let (platform, endpoint, version) = match around {
            Surroundings { identity_endpoint: Some(endpoint), identity_header: Some(header), .. } => {
                (Platform::AppService { header }, endpoint, "2019-08-01")
            }
            Surroundings { identity_endpoint: Some(endpoint), imds_endpoint: Some(_), arc_keys, .. } => {
                (Platform::Arc { keys: arc_keys.unwrap_or_else(|| ARC_KEYS.into()) }, endpoint, "2020-06-01")
            }
            around => {
                let root = around.machine_endpoint.unwrap_or_else(|| MACHINE.to_owned());
                (Platform::VirtualMachine, format!("{}/metadata/identity/oauth2/token", root.trim_end_matches('/')), "2018-02-01")
            }
        };
        let fault = || SetupError::Credential("the managed identity's endpoint in the environment is not a URL".to_owned());
        let host = Url::parse(&endpoint).ok().and_then(|url| url.host_str().map(str::to_owned)).ok_or_else(fault)?;
        let mut url = format!("{endpoint}?api-version={version}&resource={}", query_value(&format!("{resource}/")));
        if let Some(client_id) = client_id.map(str::trim).filter(|id| !id.is_empty()) {
            url.push_str("&client_id=");
            url.push_str(&query_value(client_id));
        }
        Ok(Self { platform, url, host })
    }

    /// The question. It goes past every proxy.
    pub(super) fn request(&self, transport: &Transport, sent: &SentSecrets) -> RequestBuilder {
        let request = transport.client().1.get(&self.url);
        match &self.platform {
            Platform::AppService { header } => {
                sent.note(header);
                request.header("X-IDENTITY-HEADER", header)
            }
            Platform::VirtualMachine | Platform::Arc { .. } => request.header("Metadata", "true"),
        }
    }

    /// Arc answers first with the path of a file that only trusted local users can read; its content is the proof.
    pub(super) async fn second_request(
        &self,
        answer: &HttpAnswer,
        transport: &Transport,
        sent: &SentSecrets,
    ) -> Result<Option<RequestBuilder>, Failure> {
        let Platform::Arc { keys } = &self.platform else { return Ok(None) };
        if answer.status != reqwest::StatusCode::UNAUTHORIZED {
            return Ok(None);
        }
        let fault = |why: String| {
            Failure::local(
                Class::SignIn,
                format!("the Azure Arc agent's key can't be used: {why}"),
                "Let the service's user be a member of the group himds, and check that the agent runs (azcmagent show).",
            )
        };
        let path = key_path(&answer.headers, keys).ok_or_else(|| fault("it lies outside the agent's directory".to_owned()))?;
        let key = read_key(&path).await.map_err(|error| fault(error.to_string()))?;
        sent.note(key.trim());
        Ok(Some(self.request(transport, sent).header(reqwest::header::AUTHORIZATION, format!("Basic {}", key.trim()))))
    }
}

/// The key file named in `WWW-Authenticate: Basic realm=…`, if it is where the agent keeps its keys.
fn key_path(headers: &HeaderMap, keys: &Path) -> Option<PathBuf> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (_, realm) = challenge.split_once("realm=")?;
    let path = PathBuf::from(realm.trim().trim_matches('"'));
    let well_placed = path.parent() == Some(keys) && path.extension().is_some_and(|extension| extension == "key");
    well_placed.then_some(path)
}

async fn read_key(path: &Path) -> Result<String, FileError> {
    let own = path.to_owned();
    aside(move || read_text(&own, Bounds::small(LONGEST_KEY).unlinked())).await
}

#[cfg(test)]
#[path = "managed_tests.rs"]
mod tests;
