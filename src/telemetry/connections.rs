//! Connections of strangers: few, short, and none that keeps another one out.
//!
//! Whoever says nothing, reads nothing or only stays is cut. When all places are taken, the connection that has been quiet
//! for longest makes room, so that a probe is answered however many others do nothing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// For a request's head, and for whoever reads an answer; between requests, too.
    pub(crate) patience: Duration,
    /// A connection's life, whatever it does; none where it carries one request only, which takes as long as it takes.
    pub(crate) life: Option<Duration>,
    /// Bytes of a request's head; what is not read of a body ends the connection.
    pub(crate) head: usize,
}

/// The connections of one server. Clones share them.
#[derive(Clone)]
pub(crate) struct Connections {
    limits: Limits,
    open: Arc<Mutex<Vec<Arc<Open>>>>,
    /// Grows with everything that any of them does.
    moves: Arc<AtomicU64>,
}

/// One of them.
#[derive(Default)]
struct Open {
    /// When it last began or ended something, as a number of moves.
    moved: AtomicU64,
    /// A request is being answered: it is not the connection that takes the time.
    at_work: AtomicBool,
    /// Told when it moves.
    moving: Notify,
    cut: CancellationToken,
}

impl Connections {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, open: Arc::default(), moves: Arc::default() }
    }

    /// Answers the requests of one connection, until it ends or is cut. Called as soon as it is accepted.
    pub(crate) async fn serve<S>(&self, stream: S, routes: Router)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Some(place) = self.take() else { return };
        let open = Arc::clone(&place.open);
        let connections = self.clone();
        let routes = routes.layer(from_fn(move |request: Request, next: Next| {
            let (open, connections) = (Arc::clone(&open), connections.clone());
            async move {
                connections.moved(&open, true);
                let answer = next.run(request).await;
                connections.moved(&open, false);
                answer
            }
        }));
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.patience)
            .max_buf_size(self.limits.head)
            .keep_alive(self.limits.life.is_some())
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
        tokio::select! {
            // What a client did wrong is its own matter.
            _ = serving => {}
            () = self.quiet(&place.open) => {}
            () = place.open.cut.cancelled() => {}
            () = self.old() => {}
        }
    }

    async fn old(&self) {
        match self.limits.life {
            Some(life) => sleep(life).await,
            None => std::future::pending().await,
        }
    }

    /// A place for one more: a free one, or that of the connection which has been quiet for longest. Where all are at work,
    /// the one that is at it for longest gives way if connections have a life to end; none has a place to give if not.
    fn take(&self) -> Option<Place> {
        let mut all = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= self.limits.connections {
            let order = |one: &Open| (one.at_work.load(Ordering::Relaxed), one.moved.load(Ordering::Relaxed));
            let (at, one) = all.iter().enumerate().min_by_key(|(_, one)| order(one))?;
            if one.at_work.load(Ordering::Relaxed) && self.limits.life.is_none() {
                return None;
            }
            all.swap_remove(at).cut.cancel();
        }
        let open = Arc::<Open>::default();
        self.moved(&open, false);
        all.push(Arc::clone(&open));
        Some(Place { open, connections: self.clone() })
    }

    fn moved(&self, open: &Open, at_work: bool) {
        open.at_work.store(at_work, Ordering::Relaxed);
        open.moved.store(self.moves.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        open.moving.notify_one();
    }

    /// Ends when a connection has neither begun nor read anything for too long.
    async fn quiet(&self, open: &Open) {
        loop {
            if timeout(self.limits.patience, open.moving.notified()).await.is_err() && !open.at_work.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}

/// A place among the connections, given back when dropped.
struct Place {
    open: Arc<Open>,
    connections: Connections,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| !Arc::ptr_eq(one, &self.open));
    }
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
