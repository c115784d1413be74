//! Asks the service that holds a ledger.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use reqwest::{Response, StatusCode};
use tokio_util::sync::CancellationToken;

use super::call::{ControlCall, LONGEST, PATIENCE, StopVerify, VerifyPhotos, socket};
use super::refused::Refusal;
use crate::delivery::DriftSummary;

/// Why nothing can be asked of a service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// Nobody listens: no service runs, or not for this ledger.
    #[error("no service answers at {}", path.display())]
    Nobody {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It does not answer as it should.
    #[error("the running service does not answer")]
    Silent(#[source] Box<dyn Error + Send + Sync>),
    /// It is halted by what nobody can override.
    #[error("the running service is halted by {0}")]
    Halted(String),
    /// It would not.
    #[error("the running service refused: {0}")]
    Refused(String),
}

/// Asks the service that holds this ledger.
pub(crate) async fn ask<C: ControlCall>(ledger: &Path, call: &C) -> Result<C::Answer, ControlError> {
    ControlClient::new(ledger)?.send(call, Some(PATIENCE)).await
}

/// Has photos compared. Cancelled, it has the service stop; the answer is what was found until then.
pub(crate) async fn verify(
    ledger: &Path,
    call: VerifyPhotos,
    cancelled: &CancellationToken,
) -> Result<DriftSummary, ControlError> {
    let client = ControlClient::new(ledger)?;
    let id = uuid::Uuid::new_v4().to_string();
    let call = VerifyPhotos { id: Some(id.clone()), ..call };
    let mut asking = pin!(client.send(&call, None));
    if let Some(answer) = cancelled.run_until_cancelled(&mut asking).await {
        return answer;
    }
    let stop = StopVerify { id };
    let ending = async { futures_util::join!(client.send(&stop, Some(PATIENCE)), asking).1 };
    tokio::time::timeout(PATIENCE, ending).await.map_err(|elapsed| ControlError::Silent(elapsed.into()))?
}

/// One connection a request, to the one socket.
struct ControlClient {
    http: reqwest::Client,
    path: PathBuf,
}

impl ControlClient {
    fn new(ledger: &Path) -> Result<Self, ControlError> {
        let path = socket(ledger);
        // A client of reqwest wants TLS to be set up, though nothing here uses it; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().unix_socket(path.clone()).no_proxy().tls_certs_only([]);
        let builder = builder.redirect(reqwest::redirect::Policy::none()).retry(reqwest::retry::never()).http1_only();
        let http = builder.build().map_err(|error| ControlError::Silent(error.into()))?;
        Ok(Self { http, path })
    }

    async fn send<C: ControlCall>(&self, call: &C, patience: Option<Duration>) -> Result<C::Answer, ControlError> {
        let url = format!("http://localhost{}", C::PATH);
        let mut request = if C::IS_QUESTION { self.http.get(url) } else { self.http.post(url).json(call) };
        if let Some(patience) = patience {
            request = request.timeout(patience);
        }
        let response = request.send().await.map_err(|error| self.unanswered(error))?;
        let status = response.status();
        let body = whole(response).await.map_err(ControlError::Silent)?;
        let silent = |error: serde_json::Error| ControlError::Silent(error.into());
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(silent);
        }
        let Refusal { refused } = serde_json::from_slice(&body).map_err(silent)?;
        Err(if status == StatusCode::LOCKED { ControlError::Halted(refused) } else { ControlError::Refused(refused) })
    }

    fn unanswered(&self, error: reqwest::Error) -> ControlError {
        if !error.is_connect() {
            return ControlError::Silent(error.without_url().into());
        }
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        let kind = causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(copy);
        ControlError::Nobody { path: self.path.clone(), source: kind.unwrap_or_else(|| io::Error::other(error.without_url())) }
    }
}

/// An error of the system, which can't be cloned.
fn copy(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

async fn whole(mut response: Response) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LONGEST {
            return Err(format!("its answer is longer than {LONGEST} bytes").into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
