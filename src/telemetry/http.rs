//! The service's own small web server: is it alive, is it ready, its numbers, and a page for people.
//!
//! One table of routes; nothing here can change anything. Connections are few, short and bounded,
//! so that a scraper that hangs takes nothing from the work.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

use super::host::is_ours;
use super::metrics;
use crate::status::{Phase, ServiceStatus, WatchMethod};

/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 32;
/// A connection lives this long at most, idle or not: scrapers come back.
const LIFE: Duration = Duration::from_secs(60);
/// A pause after a failed accept (no file descriptors left), so that it can't spin.
const REST: Duration = Duration::from_millis(100);

/// A server at work; stops when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    halt: CancellationToken,
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
    let halt = CancellationToken::new();
    let halted = halt.clone().cancelled_owned();
    let listener = LimitedListener { listener, permits: Arc::new(Semaphore::new(CONNECTIONS)) };
    let state = AppState { address, snapshot, front };
    let task = tokio::spawn(async move {
        // Accepting never fails for good, so neither does this.
        _ = axum::serve(listener, routes(state)).with_graceful_shutdown(halted).await;
    });
    Ok(Server { address, halt, task })
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

/// The first pass is planned, the service is not stopping, and the directory with the photos is there and answers.
async fn ready(State(state): State<AppState>) -> Response {
    let (ready, line) = {
        let now = state.snapshot.borrow();
        (now.phase == Phase::Running && now.watch.state != WatchMethod::Away, now.line())
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("{line}\n")).into_response()
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
        self.halt.cancel();
        self.task.abort();
    }
}

/// Lets in no more connections than there are places.
struct LimitedListener {
    listener: TcpListener,
    permits: Arc<Semaphore>,
}

impl Listener for LimitedListener {
    type Io = LimitedConnection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (LimitedConnection, SocketAddr) {
        loop {
            let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else {
                // The semaphore is never closed.
                std::future::pending::<()>().await;
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, peer)) => return (LimitedConnection { stream, end: Box::pin(sleep(LIFE)), _permit: permit }, peer),
                Err(_) => sleep(REST).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection, which ends when its time is over.
struct LimitedConnection {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _permit: OwnedSemaphorePermit,
}

impl LimitedConnection {
    fn over(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.end.as_mut().poll(context).is_ready() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }
}

impl AsyncRead for LimitedConnection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.over(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for LimitedConnection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.over(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
