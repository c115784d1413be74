//! The socket, and what a connection may take: how many at once, how large, how long.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::call::{LONGEST, PATIENCE, socket};
use super::refused::CallRefused;

/// A pause after a failed accept (no file descriptors left), so that it can't spin.
const REST: Duration = Duration::from_millis(100);

/// What a connection may take.
#[derive(Clone, Copy)]
struct Limits {
    /// Connections at once; more wait in the system's queue.
    connections: usize,
    /// For a request's head, for its body, and for whoever reads the answer.
    patience: Duration,
    /// Bytes of a request's head.
    head: usize,
    /// Bytes of a request's body.
    body: usize,
}

const LIMITS: Limits = Limits { connections: 8, patience: PATIENCE, head: 16 * 1024, body: LONGEST };

/// The socket, and its removal.
pub(in super::super) struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl ControlSocket {
    /// Opens the socket. Who holds the ledger's lock is alone: what lies there is left over from one who died.
    pub(in super::super) fn open(ledger: &Path) -> io::Result<Self> {
        let path = socket(ledger);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Answers until cancelled.
    pub(in super::super) async fn serve(self, routes: Router, cancelled: CancellationToken) {
        self.serve_within(LIMITS, routes, cancelled).await;
    }

    async fn serve_within(self, limits: Limits, routes: Router, cancelled: CancellationToken) {
        let permits = Arc::new(Semaphore::new(limits.connections));
        let mut connections = tokio::task::JoinSet::new();
        while !cancelled.is_cancelled() {
            let next = async {
                let permit = Arc::clone(&permits).acquire_owned().await;
                (self.listener.accept().await, permit)
            };
            tokio::select! {
                (accepted, permit) = next => match accepted {
                    Ok((stream, _)) => {
                        let routes = routes.clone();
                        connections.spawn(async move {
                            answer(stream, routes, limits).await;
                            drop(permit);
                        });
                    }
                    Err(_) => tokio::time::sleep(REST).await,
                },
                Some(_) = connections.join_next() => {}
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

/// Answers one request. Whoever goes away meanwhile takes the work along: its future is dropped.
async fn answer(stream: UnixStream, routes: Router, limits: Limits) {
    let answered = Arc::new(Notify::new());
    let done = Arc::clone(&answered);
    let routes = routes.layer(from_fn(move |request: Request, next: Next| {
        let done = Arc::clone(&done);
        async move {
            let response = with_body(request, next, limits).await;
            done.notify_one();
            response
        }
    }));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_buf_size(limits.head)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    let cut = async {
        answered.notified().await;
        tokio::time::sleep(limits.patience).await;
    };
    tokio::select! {
        // What a client did wrong is its own matter.
        _ = serving => {}
        () = cut => {}
    }
}

/// Reads the body first, within its limits.
async fn with_body(request: Request, next: Next, limits: Limits) -> Response {
    let (head, body) = request.into_parts();
    match tokio::time::timeout(limits.patience, to_bytes(body, limits.body)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(head, Body::from(body))).await,
        Ok(Err(_)) => CallRefused::new(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long, or broke off").into_response(),
        Err(_) => CallRefused::new(StatusCode::REQUEST_TIMEOUT, "the request did not come whole in time").into_response(),
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
