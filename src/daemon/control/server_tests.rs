//! Connections that take too much: each is cut, and those who wait behind it are answered.

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use super::*;

/// Short, so that a test need not wait; one connection, so that the next is answered only when this one is over.
const STRICT: Limits = Limits { connections: 1, patience: Duration::from_millis(200), life: None, head: 8 * 1024 };
/// Bytes of a body at most.
const BODY: usize = 1000;
/// What somebody who does not read can't be rid of: more than a socket's buffers take.
const MUCH: usize = 8 << 20;

/// A server at work; it ends when this is dropped.
struct Served {
    directory: tempfile::TempDir,
    _end: tokio_util::sync::DropGuard,
    /// Told when a request that never ends was dropped.
    dropped: mpsc::UnboundedReceiver<()>,
}

struct Told(mpsc::UnboundedSender<()>);

impl Drop for Told {
    fn drop(&mut self) {
        _ = self.0.send(());
    }
}

impl Served {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = ControlSocket::open(&directory.path().join("photosyncd.db")).unwrap();
        let (tell, dropped) = mpsc::unbounded_channel();
        let endless = move || async move {
            let _told = Told(tell);
            std::future::pending::<()>().await;
        };
        let routes = Router::new()
            .route("/short", get(async || "short"))
            .route("/body", post(async |body: String| body))
            .route("/much", get(async || vec![b'x'; MUCH]))
            .route("/endless", get(endless));
        let end = CancellationToken::new();
        tokio::spawn(socket.serve_within(STRICT, BODY, routes, end.clone()));
        Self { directory, _end: end.drop_guard(), dropped }
    }

    async fn send(&self, text: &[u8]) -> UnixStream {
        let mut stream = UnixStream::connect(self.directory.path().join("control.sock")).await.unwrap();
        stream.write_all(text).await.unwrap();
        stream
    }

    async fn ask(&self, text: &[u8]) -> String {
        read(self.send(text).await).await
    }

    /// The next in line is answered.
    async fn is_well(&self) {
        let answer = self.ask(b"GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        assert!(answer.ends_with("\r\n\r\nshort"), "{answer}");
    }
}

/// All that comes, until the end.
async fn read(mut stream: UnixStream) -> String {
    let mut answer = Vec::new();
    // One that is cut may break.
    _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn the_socket_is_the_owners_alone_and_goes_with_the_service() {
    let served = Served::new();
    let path = served.directory.path().join("control.sock");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    served.is_well().await;
    // What a dead service left is replaced.
    let again = ControlSocket::open(&served.directory.path().join("photosyncd.db")).unwrap();
    assert!(path.exists());
    drop(again);
    assert!(!path.exists());
}

#[tokio::test]
async fn heads_that_never_end_are_cut_and_long_ones_refused() {
    let served = Served::new();
    for begun in ["", "GET /short HTTP/1.1\r\nHost: local"] {
        let stream = served.send(begun.as_bytes()).await;
        served.is_well().await;
        let answer = read(stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    let long = format!("GET /short HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(STRICT.head));
    assert!(served.ask(long.as_bytes()).await.starts_with("HTTP/1.1 431"));
    assert!(served.ask(b"photosyncd?\n").await.starts_with("HTTP/1.1 400"), "not even HTTP");
    served.is_well().await;
}

#[tokio::test]
async fn bodies_that_never_end_are_cut_and_long_ones_refused() {
    let served = Served::new();
    let post = |length: usize, body: &str| format!("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
    assert!(served.ask(post(5, "words").as_bytes()).await.ends_with("words"));
    let answer = served.ask(post(5, "wor").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("{\"refused\":"), "{answer}");
    assert!(served.ask(post(BODY + 1, &"x".repeat(BODY + 1)).as_bytes()).await.starts_with("HTTP/1.1 413"));
    let chunked = "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunks = format!("{chunked}400\r\n{}\r\n400\r\n{}\r\n0\r\n\r\n", "x".repeat(0x400), "x".repeat(0x400));
    assert!(served.ask(chunks.as_bytes()).await.starts_with("HTTP/1.1 413"));
    served.is_well().await;
}

#[tokio::test]
async fn who_does_not_read_the_answer_is_cut() {
    let served = Served::new();
    let stream = served.send(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n").await;
    served.is_well().await;
    let got = read(stream).await.len();
    assert!((1..MUCH).contains(&got), "{got}");
}

#[tokio::test]
async fn who_goes_away_takes_the_work_along() {
    let mut served = Served::new();
    let stream = served.send(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(tokio::time::timeout(Duration::from_millis(600), served.dropped.recv()).await.is_err(), "work has no limit");
    drop(stream);
    tokio::time::timeout(Duration::from_secs(10), served.dropped.recv()).await.expect("it is dropped");
    served.is_well().await;
}

/// Who waits for the socket to be there asks at once.
#[tokio::test]
async fn whoever_finds_the_socket_is_answered_and_nobody_else_may_open_it() {
    for _ in 0..500 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("control.sock");
        let found = tokio::task::spawn_blocking(move || {
            loop {
                match std::os::unix::net::UnixStream::connect(&path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => std::hint::spin_loop(),
                    other => return (other.map(drop), std::fs::metadata(&path).unwrap().permissions().mode() & 0o777),
                }
            }
        });
        let _socket = ControlSocket::open(&directory.path().join("photosyncd.db")).unwrap();
        let (connected, mode) = found.await.unwrap();
        connected.unwrap();
        assert_eq!(mode, 0o600);
    }
}
