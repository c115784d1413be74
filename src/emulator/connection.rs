//! Connections that can be cut in the middle of a request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

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

/// Accepts connections; each carries its own [`Cut`] in place of the peer's address.
pub(crate) struct CuttableListener(pub(crate) TcpListener);

impl Listener for CuttableListener {
    type Io = Connection;
    type Addr = Cut;

    async fn accept(&mut self) -> (Connection, Cut) {
        loop {
            if let Ok((stream, _)) = self.0.accept().await {
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
