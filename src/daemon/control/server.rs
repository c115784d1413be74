//! The socket, and what a connection may take: how many at once, how large, how long.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

use super::call::{LONGEST, PATIENCE, socket};
use super::refused::CallRefused;
use crate::telemetry::{Connections, Limits};

/// A pause after a failed accept (no file descriptors left), so that it can't spin.
const REST: Duration = Duration::from_millis(100);

/// What a connection may take: it carries one request.
const LIMITS: Limits = Limits { connections: 8, patience: PATIENCE, life: None, head: 16 * 1024 };

/// The socket, and its removal.
pub(in super::super) struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl ControlSocket {
    /// Opens the socket. Who holds the ledger's lock is alone: what lies there is left over from one who died.
    ///
    /// It comes to its name when it listens and is private: whoever finds it there is answered.
    pub(in super::super) fn open(ledger: &Path) -> io::Result<Self> {
        let path = socket(ledger);
        // No longer than its name: the path of a socket may have 107 bytes.
        let unborn = path.with_extension("new");
        match std::fs::remove_file(&unborn) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&unborn)?;
        std::fs::set_permissions(&unborn, std::fs::Permissions::from_mode(0o600))?;
        std::fs::rename(&unborn, &path)?;
        Ok(Self { listener, path })
    }

    /// Answers until cancelled. Whoever goes away meanwhile takes the work along: its future is dropped.
    pub(in super::super) async fn serve(self, routes: Router, cancelled: CancellationToken) {
        self.serve_within(LIMITS, LONGEST, routes, cancelled).await;
    }

    /// `body`: bytes of a request's body at most.
    async fn serve_within(self, limits: Limits, body: usize, routes: Router, cancelled: CancellationToken) {
        let connections = Connections::new(limits);
        let routes = routes.layer(from_fn(move |request, next| with_body(request, next, limits.patience, body)));
        let mut serving = tokio::task::JoinSet::new();
        while !cancelled.is_cancelled() {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let (connections, routes) = (connections.clone(), routes.clone());
                        serving.spawn(async move { connections.serve(stream, routes).await });
                    }
                    Err(_) => tokio::time::sleep(REST).await,
                },
                Some(_) = serving.join_next() => {}
                () = cancelled.cancelled() => {}
            }
        }
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        // One that stays is replaced by the next service.
        _ = std::fs::remove_file(&self.path);
    }
}

/// Reads the body first, within its limits.
async fn with_body(request: Request, next: Next, patience: Duration, longest: usize) -> Response {
    let (head, body) = request.into_parts();
    match tokio::time::timeout(patience, to_bytes(body, longest)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(head, Body::from(body))).await,
        Ok(Err(_)) => CallRefused::new(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long, or broke off").into_response(),
        Err(_) => CallRefused::new(StatusCode::REQUEST_TIMEOUT, "the request did not come whole in time").into_response(),
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
