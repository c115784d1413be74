//! Connections that can be cut in the middle of a request.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

use super::state::State;

/// Connections that may wait to be accepted, as `TcpListener::bind` has it.
const BACKLOG: u32 = 1024;

/// A pause after a failed accept (no file descriptors left), so that it can't spin.
const REST: Duration = Duration::from_millis(50);

/// Cuts one connection: from now on every write fails, and the peer sees a reset instead of an answer.
#[derive(Clone, Default, Debug)]
pub(crate) struct Cut(Arc<AtomicBool>);

impl Cut {
    pub(crate) fn now(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Cut {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Accepts connections, or refuses them while the weather says so; each carries its own [`Cut`] in place of the peer's
/// address.
pub(crate) struct CuttableListener {
    door: Door,
    address: SocketAddr,
    state: Arc<State>,
    changes: watch::Receiver<()>,
}

/// The socket: a bound one that does not listen keeps the port, and the system refuses whoever comes.
enum Door {
    Open(TcpListener),
    Closed(TcpSocket),
    /// Between the two, and when the port could not be taken back yet.
    Gone,
}

impl CuttableListener {
    pub(crate) fn new(listener: TcpListener, address: SocketAddr, state: Arc<State>) -> Self {
        let changes = state.weather_changes();
        Self { door: Door::Open(listener), address, state, changes }
    }

    fn open(&mut self) -> io::Result<&TcpListener> {
        match std::mem::replace(&mut self.door, Door::Gone) {
            Door::Open(listener) => self.door = Door::Open(listener),
            Door::Closed(socket) => self.door = Door::Open(socket.listen(BACKLOG)?),
            Door::Gone => self.door = Door::Open(bound(self.address)?.listen(BACKLOG)?),
        }
        match &self.door {
            Door::Open(listener) => Ok(listener),
            Door::Closed(_) | Door::Gone => Err(io::ErrorKind::AddrNotAvailable.into()),
        }
    }

    fn close(&mut self) -> io::Result<()> {
        if !matches!(self.door, Door::Closed(_)) {
            // The listening socket has to go before another may have its port.
            self.door = Door::Gone;
            self.door = Door::Closed(bound(self.address)?);
        }
        Ok(())
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Until the weather changes, by its script (after `span`) or otherwise.
async fn change(changes: &mut watch::Receiver<()>, span: Option<Duration>) {
    let scripted = async {
        match span {
            Some(span) => tokio::time::sleep(span).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = scripted => {}
        // Fails only when there is no server any more.
        _ = changes.changed() => {}
    }
}

impl Listener for CuttableListener {
    type Io = Connection;
    type Addr = Cut;

    async fn accept(&mut self) -> (Connection, Cut) {
        loop {
            // Marked as seen before it is read, so that no change is missed.
            self.changes.borrow_and_update();
            let (refuses, span) = self.state.refuses();
            let mut changes = self.changes.clone();
            if refuses {
                match self.close() {
                    Ok(()) => change(&mut changes, span).await,
                    Err(_) => tokio::time::sleep(REST).await,
                }
                continue;
            }
            let Ok(listener) = self.open() else {
                tokio::time::sleep(REST).await;
                continue;
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = change(&mut changes, span) => continue,
            };
            if let Ok((stream, _)) = accepted {
                // Without it small answers wait for the peer's delayed acknowledgement; a failure costs speed only.
                let _ = stream.set_nodelay(true);
                let cut = Cut::default();
                return (Connection { stream, cut: cut.clone() }, cut);
            }
            tokio::time::sleep(REST).await;
        }
    }

    fn local_addr(&self) -> io::Result<Cut> {
        Ok(Cut::default())
    }
}

pub(crate) struct Connection {
    stream: TcpStream,
    cut: Cut,
}

impl Connection {
    fn intact(&self) -> io::Result<()> {
        if !self.cut.0.load(Ordering::Acquire) {
            return Ok(());
        }
        // Without lingering, closing sends a reset rather than an orderly end.
        let _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.intact()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.intact()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.intact()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.intact()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.intact()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }
}
