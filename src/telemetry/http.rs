//! The service's own small web server: is it alive, is it ready, its numbers.
//!
//! One table of routes over one [`Snapshot`]; nothing here can change anything. Connections are few, short and bounded,
//! so that a scraper that hangs takes nothing from the work.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

use super::metrics;
use super::snapshot::{Phase, Snapshot};

/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 32;
/// A connection lives this long at most, idle or not: scrapers come back.
const LIFE: Duration = Duration::from_secs(60);
/// A pause after a failed accept (no file descriptors left), so that it can't spin.
const REST: Duration = Duration::from_millis(100);

/// A server at work; stops when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    halt: CancellationToken,
    task: JoinHandle<()>,
}

/// Serves the pages of a snapshot at an address. Errors: the address can't be had.
pub async fn serve(address: SocketAddr, snapshot: watch::Receiver<Snapshot>) -> io::Result<Server> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let halt = CancellationToken::new();
    let halted = halt.clone().cancelled_owned();
    let door = Door { listener, places: Arc::new(Semaphore::new(CONNECTIONS)) };
    let task = tokio::spawn(async move {
        // Accepting never fails for good, so neither does this.
        _ = axum::serve(door, routes(snapshot)).with_graceful_shutdown(halted).await;
    });
    Ok(Server { address, halt, task })
}

/// Every page there is. A new one is a line here and a function of the snapshot.
fn routes(snapshot: watch::Receiver<Snapshot>) -> Router {
    Router::new().route("/livez", get(live)).route("/readyz", get(ready)).route("/metrics", get(numbers)).with_state(snapshot)
}

type Shown = State<watch::Receiver<Snapshot>>;

/// The process answers.
async fn live() -> &'static str {
    "alive\n"
}

/// The first pass is planned, and the service is not stopping.
async fn ready(State(snapshot): Shown) -> Response {
    let (ready, line) = {
        let now = snapshot.borrow();
        (now.phase == Phase::Running, now.line())
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("{line}\n")).into_response()
}

async fn numbers(State(snapshot): Shown) -> Response {
    let page = metrics::render(&snapshot.borrow());
    ([(header::CONTENT_TYPE, metrics::MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], page).into_response()
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
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
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Listener for Door {
    type Io = Visit;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Visit, SocketAddr) {
        loop {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                // The semaphore is never closed.
                std::future::pending::<()>().await;
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, peer)) => return (Visit { stream, end: Box::pin(sleep(LIFE)), _place: place }, peer),
                Err(_) => sleep(REST).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection, which ends when its time is over.
struct Visit {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Visit {
    fn over(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.end.as_mut().poll(context).is_ready() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Visit {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.over(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Visit {
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
