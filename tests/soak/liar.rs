//! Between the program and its tenant: passes requests on, and answers some of them with lies.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Of a hundred requests, so many are answered with a lie.
const LIES: u64 = 15;

pub(crate) struct Liar {
    address: String,
    inner: Arc<Inner>,
}

struct Inner {
    tenant: String,
    lies: AtomicBool,
    /// So many more requests are answered honestly.
    rest: AtomicU64,
    chance: Mutex<fastrand::Rng>,
    told: Mutex<BTreeMap<&'static str, u32>>,
}

impl Liar {
    /// In front of a tenant at this URL.
    pub(crate) fn before(graph: &str, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let inner = Arc::new(Inner {
            tenant: host(graph).to_owned(),
            lies: AtomicBool::new(true),
            rest: AtomicU64::new(0),
            chance: Mutex::new(fastrand::Rng::with_seed(seed)),
            told: Mutex::default(),
        });
        let serving = Arc::clone(&inner);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inner = Arc::clone(&serving);
                // A client that goes away is no fault.
                std::thread::spawn(move || _ = inner.serve(stream));
            }
        });
        Self { address, inner }
    }

    /// The tenant's URL, by way of this.
    pub(crate) fn url(&self, graph: &str) -> String {
        graph.replacen(host(graph), &self.address, 1)
    }

    /// Says nothing but the truth for a while.
    pub(crate) fn rest(&self) {
        self.inner.rest.store(20, Ordering::SeqCst);
    }

    /// Never lies again.
    pub(crate) fn honest(&self) {
        self.inner.lies.store(false, Ordering::SeqCst);
    }

    pub(crate) fn told(&self) -> BTreeMap<&'static str, u32> {
        self.inner.told.lock().unwrap().clone()
    }
}

fn host(url: &str) -> &str {
    url.split("://").nth(1).unwrap().split('/').next().unwrap()
}

impl Inner {
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        client.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut reader = BufReader::new(client.try_clone()?);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let field = |name: &str| {
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix(name).map(str::trim).map(str::to_owned))
        };
        let mut body = vec![0; field("content-length:").and_then(|length| length.parse().ok()).unwrap_or(0)];
        reader.read_exact(&mut body)?;
        // One request a connection, so that an answer ends where the connection does.
        let lines = head.trim_end().lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let asked = lines.fold(String::new(), |text, line| text + line + "\r\n") + "Connection: close\r\n\r\n";
        let truth = || {
            let mut tenant = TcpStream::connect(&self.tenant)?;
            tenant.write_all(&[asked.as_bytes(), &body].concat())?;
            let mut answer = Vec::new();
            tenant.read_to_end(&mut answer)?;
            std::io::Result::Ok(answer)
        };
        let resting = self.rest.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |rest| rest.checked_sub(1)).is_ok();
        let is_lie = self.lies.load(Ordering::SeqCst) && !resting && self.chance.lock().unwrap().u64(0..100) < LIES;
        if !is_lie {
            return client.write_all(&truth()?);
        }
        let token = field("authorization:").unwrap_or_default();
        self.lie(&mut client, &head, &token, truth)
    }

    fn lie(
        &self,
        client: &mut TcpStream,
        head: &str,
        token: &str,
        truth: impl FnOnce() -> std::io::Result<Vec<u8>>,
    ) -> std::io::Result<()> {
        const KINDS: [&str; 14] = [
            "a page",
            "nothing",
            "an empty object",
            "a long answer",
            "drops, then silence",
            "another account",
            "an echo",
            "a circle",
            "lost answer",
            "cut answer",
            "503",
            "429",
            "no HTTP",
            "depth",
        ];
        let kind = KINDS[self.chance.lock().unwrap().usize(0..KINDS.len())];
        *self.told.lock().unwrap().entry(kind).or_default() += 1;
        let json = |status: u16, body: &str| {
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            (head + body).into_bytes()
        };
        let reads = head.starts_with("GET ");
        let answer = match kind {
            "a page" => {
                b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><h1>404</h1></html>"
                    .to_vec()
            }
            "nothing" => return Ok(()),
            // A write that is said to have been done can't be told from one that was.
            "an empty object" if reads => json(200, "{}"),
            "a long answer" if reads => json(200, &format!("{{\"value\":[{}]}}", "{},".repeat(4_000_000))),
            "drops, then silence" => {
                client.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")?;
                // Until the client has had enough.
                client.set_read_timeout(Some(Duration::from_secs(5)))?;
                _ = client.read(&mut [0]);
                return Ok(());
            }
            "another account" if reads => json(
                200,
                r#"{"id":"00000000-0000-4000-8000-000000000000","userPrincipalName":"p000@contoso.com","accountEnabled":true,"value":[{"id":"00000000-0000-4000-8000-000000000000","userPrincipalName":"p000@contoso.com"}]}"#,
            ),
            "an echo" => json(400, &format!("{{\"error\":{{\"code\":\"{token}\",\"message\":\"\\u001b[2J\\n{token}\"}}}}")),
            "a circle" if reads => {
                let target = head.split(' ').nth(1).unwrap();
                let host =
                    head.lines().find_map(|line| line.strip_prefix("host: ").or(line.strip_prefix("Host: "))).unwrap_or("x");
                json(200, &format!("{{\"value\":[],\"@odata.nextLink\":\"http://{host}{target}\"}}"))
            }
            "lost answer" => {
                truth()?;
                return Ok(());
            }
            "cut answer" => {
                let answer = truth()?;
                answer[..answer.len() - 1].to_vec()
            }
            "429" => b"HTTP/1.1 429 X\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
            "no HTTP" => b"SSH-2.0-OpenSSH_9.9\r\n\x1b[31m\x07".to_vec(),
            "depth" if reads => json(200, &format!("{{\"value\":{}", "[".repeat(200_000))),
            _ => json(503, r#"{"error":{"code":"serviceNotAvailable","message":"later"}}"#),
        };
        client.write_all(&answer)
    }
}
