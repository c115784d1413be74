//! Connections that take too much: each is cut, and whoever comes behind them is answered at once.

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;

const LIMITS: Limits =
    Limits { connections: 4, patience: Duration::from_secs(1), life: Some(Duration::from_secs(20)), head: 16 * 1024 };
/// An answer takes no longer than this on a machine that has other things to do.
const AT_ONCE: Duration = Duration::from_secs(10);
const ASK: &[u8] = b"GET /probe HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server without a network, whose connections end with the test.
struct Served {
    connections: Connections,
    release: Arc<Notify>,
}

impl Served {
    fn new(limits: Limits) -> Self {
        Self { connections: Connections::new(limits), release: Arc::default() }
    }

    fn connect(&self) -> DuplexStream {
        let release = Arc::clone(&self.release);
        let routes = Router::new()
            .route("/probe", get(async || "alive"))
            .route("/much", get(async || vec![b'x'; 1 << 20]))
            .route("/work", get(move || async move { release.notified().await }));
        let (near, far) = duplex(1024);
        let connections = self.connections.clone();
        tokio::spawn(async move { connections.serve(far, routes).await });
        near
    }

    async fn send(&self, text: &[u8]) -> DuplexStream {
        let mut stream = self.connect();
        stream.write_all(text).await.unwrap();
        stream
    }

    async fn probe(&self) -> bool {
        let mut stream = self.send(ASK).await;
        timeout(AT_ONCE, hears(&mut stream)).await.unwrap_or(false)
    }
}

/// Whether an answer comes.
async fn hears(stream: &mut DuplexStream) -> bool {
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).await.is_ok() && answer.starts_with(b"HTTP/1.1 200 OK")
}

/// Waits for the end of a connection; how much came until then.
async fn end(mut stream: DuplexStream) -> usize {
    let mut rest = Vec::new();
    _ = timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.expect("an end");
    rest.len()
}

#[tokio::test]
async fn a_probe_is_answered_however_many_do_nothing() {
    // Nobody's patience ends while this lasts: whoever is answered was given another one's place.
    let served = Served::new(Limits { patience: Duration::from_secs(600), life: Some(Duration::from_secs(600)), ..LIMITS });
    let mut others = Vec::new();
    for begun in [
        &b""[..],
        b"GET /probe HTTP/1.1\r\nHos",
        ASK,
        b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /work HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        for _ in 0..100 {
            others.push(served.send(begun).await);
        }
        tokio::task::yield_now().await;
        assert!(served.probe().await, "{}", String::from_utf8_lossy(begun));
    }
    assert!(served.connections.open.lock().unwrap().len() <= LIMITS.connections);
}

#[tokio::test]
async fn whoever_says_or_reads_nothing_is_cut() {
    let served = Served::new(LIMITS);
    for begun in [&b""[..], b"G", b"GET /probe HTTP/1.1\r\nHost: local", ASK] {
        end(served.send(begun).await).await;
    }
    // Reads a little, then nothing more.
    let mut slow = served.send(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(hears(&mut slow).await);
    sleep(LIMITS.patience * 2).await;
    assert!(end(slow).await < 1 << 20);
    assert!(served.connections.open.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_head_that_comes_letter_by_letter_is_cut() {
    let served = Served::new(LIMITS);
    let mut stream = served.connect();
    let drip = async {
        for letter in std::iter::repeat_n(b'x', 1_000) {
            if stream.write_all(&[letter]).await.is_err() {
                return;
            }
            sleep(LIMITS.patience / 20).await;
        }
    };
    assert!(timeout(LIMITS.patience * 4, drip).await.is_ok(), "it was never cut");
}

#[tokio::test]
async fn many_requests_on_one_connection_are_answered_and_its_life_ends() {
    let served = Served::new(Limits { life: Some(Duration::from_secs(3)), ..LIMITS });
    let mut stream = served.connect();
    let mut answers = 0;
    let asking = async {
        while stream.write_all(ASK).await.is_ok() && hears(&mut stream).await {
            let mut rest = [0; 1024];
            _ = stream.read(&mut rest).await;
            answers += 1;
            sleep(LIMITS.patience / 3).await;
        }
    };
    assert!(timeout(Duration::from_secs(10), asking).await.is_ok(), "it never ended");
    assert!(answers >= 4, "{answers}");
}

#[tokio::test]
async fn who_is_at_work_is_not_sent_away() {
    let served = Served::new(Limits { life: None, ..LIMITS });
    let mut workers = Vec::new();
    for _ in 0..LIMITS.connections {
        workers.push(served.send(b"GET /work HTTP/1.1\r\nHost: x\r\n\r\n").await);
    }
    let busy = || served.connections.open.lock().unwrap().iter().filter(|one| one.at_work.load(Ordering::Relaxed)).count();
    while busy() < LIMITS.connections {
        tokio::task::yield_now().await;
    }
    assert!(!served.probe().await, "there is no place");
    sleep(LIMITS.patience * 2).await;
    served.release.notify_waiters();
    for worker in &mut workers {
        assert!(hears(worker).await);
    }
    assert!(served.probe().await);
}

#[tokio::test]
async fn long_heads_are_refused() {
    let served = Served::new(LIMITS);
    let long = format!("GET /probe HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(LIMITS.head));
    let mut stream = served.connect();
    _ = stream.write_all(long.as_bytes()).await;
    let mut answer = String::new();
    _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}
