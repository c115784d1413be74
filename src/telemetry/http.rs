//! The service's own small web server: is it alive, is it ready, its numbers, and a page for people.
//!
//! One table of routes; nothing here can change anything. What a connection may take is bounded, so that a scraper that
//! hangs takes nothing from the work, and nothing from the probes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use super::connections::{Connections, Limits};
use super::host::is_ours;
use super::metrics;
use crate::model::plain;
use crate::status::ServiceStatus;

/// What a connection may take. Scrapers come back.
const LIMITS: Limits =
    Limits { connections: 32, patience: Duration::from_secs(5), life: Some(Duration::from_secs(60)), head: 16 * 1024 };
/// A pause after a failed accept (no file descriptors left), so that it can't spin.
const REST: Duration = Duration::from_millis(100);

/// A server at work; stops when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// The page at `/`, made by somebody who knows more than numbers.
pub(crate) trait PageSource: Send + Sync + 'static {
    /// Its Content-Security-Policy.
    fn policy(&self) -> &str;
    /// Whether pages are served under any name: other machines may ask, whatever they call this one.
    fn any_host(&self) -> bool;
    /// The page as it is now.
    fn page(&self) -> Pin<Box<dyn Future<Output = Arc<str>> + Send + '_>>;
}

/// What the pages are made of.
#[derive(Clone)]
struct AppState {
    address: SocketAddr,
    snapshot: watch::Receiver<ServiceStatus>,
    front: Arc<dyn PageSource>,
}

/// Serves the pages at an address. Errors: the address can't be had.
pub(crate) async fn serve(
    address: SocketAddr,
    snapshot: watch::Receiver<ServiceStatus>,
    front: Arc<dyn PageSource>,
) -> io::Result<Server> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let routes = routes(AppState { address, snapshot, front });
    let task = tokio::spawn(accept(listener, routes));
    Ok(Server { address, task })
}

/// Takes connections for as long as it is polled; those that are open end with it.
async fn accept(listener: TcpListener, routes: Router) {
    let connections = Connections::new(LIMITS);
    let mut serving = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (connections, routes) = (connections.clone(), routes.clone());
                    serving.spawn(async move { connections.serve(stream, routes).await });
                }
                Err(_) => sleep(REST).await,
            },
            Some(_) = serving.join_next() => {}
        }
    }
}

/// Every page there is. A new one is a line here and a function of what is shown.
fn routes(state: AppState) -> Router {
    Router::new()
        .route("/", get(front))
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/metrics", get(numbers))
        .layer(from_fn_with_state(state.clone(), guard))
        .with_state(state)
}

/// What holds for every answer, a refusal too: who may have it, and what a browser may do with it.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let ours = state.front.any_host() || is_ours(request.uri(), request.headers(), state.address);
    let mut answer = if ours {
        next.run(request).await
    } else {
        let words =
            "This server answers for localhost and its own address only. Behind a proxy, let the proxy send Host: localhost.\n";
        (StatusCode::MISDIRECTED_REQUEST, words).into_response()
    };
    let headers = answer.headers_mut();
    headers.extend(HEADERS);
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    answer
}

async fn front(State(state): State<AppState>) -> Response {
    let page = state.front.page().await;
    let policy = state.front.policy().to_owned();
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page.to_string())).into_response()
}

/// The process answers.
async fn live() -> &'static str {
    "alive\n"
}

/// The first pass is planned, the service is not stopping, and nothing keeps it from its work. What is wrong is named.
async fn ready(State(state): State<AppState>) -> Response {
    let (ready, line, names) = {
        let now = state.snapshot.borrow();
        let names: Vec<&str> = now.conditions().iter().map(|(kind, ..)| kind.name()).collect();
        (now.is_ready(), now.line(), names.join(" "))
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let names = if names.is_empty() { String::new() } else { format!("conditions: {names}\n") };
    (status, format!("{}\n{names}", plain(&line))).into_response()
}

async fn numbers(State(state): State<AppState>) -> Response {
    let page = metrics::render(&state.snapshot.borrow());
    ([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], page).into_response()
}

impl Server {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
