//! The line to a mail server, of which no more is read than a dialogue needs. lettre looks at the length of an answer once its
//! line has ended, and whoever stands before the server can leave a line without an end, before TLS begins.

use std::io::{Error, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::io::{AsyncRead as _, AsyncWrite as _};
#[expect(deprecated, reason = "the one stream of lettre that speaks TLS from the first byte; ours has to lie above it")]
use lettre::transport::smtp::client::AsyncNetworkStream as Stream;
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a server may say in one dialogue, handshake and certificates included: several times what one with a hundred recipients
/// needs, and little enough that reading it line by line costs nothing.
const MOST: usize = 32 * 1024;

/// The line.
#[derive(Debug)]
pub(super) struct SmtpLine {
    #[expect(deprecated, reason = "as above")]
    stream: Stream,
    left: usize,
}

impl SmtpLine {
    #[expect(deprecated, reason = "as above")]
    pub(super) const fn over(stream: Stream) -> Self {
        Self { stream, left: MOST }
    }
}

impl AsyncTokioStream for SmtpLine {
    fn peer_addr(&self) -> Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for SmtpLine {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(Error::other(format!("it says more than {} KiB", MOST / 1024))));
        }
        let most = buffer.remaining().min(self.left);
        let free = buffer.initialize_unfilled_to(most);
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, free))?;
        buffer.advance(read);
        self.left -= read;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SmtpLine {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }
}
