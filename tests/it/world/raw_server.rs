//! A server that answers as a story wants, to the byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn method(&self) -> &str {
        self.head.split(' ').next().unwrap()
    }

    /// Path and query.
    pub(crate) fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or_default()
    }

    /// Its body.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn is_sign_in(&self) -> bool {
        self.target().ends_with("/oauth2/v2.0/token")
    }
}

/// An answer as it goes.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let headers = headers.iter().fold(String::new(), |text, (name, value)| text + &format!("{name}: {value}\r\n"));
    format!("HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn json(status: u16, body: &str) -> String {
    answer(status, &[("Content-Type", "application/json")], body)
}

/// One thread a connection.
pub(crate) struct RawServer {
    address: SocketAddr,
    requests: Requests,
    over: Arc<AtomicBool>,
}

type Requests = Arc<Mutex<Vec<Asked>>>;
type Answering = dyn Fn(&Asked) -> String + Send + Sync;

impl RawServer {
    pub(crate) fn start(answering: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, over) = (Requests::default(), Arc::<AtomicBool>::default());
        let (seen, ended, answering): (_, _, Arc<Answering>) = (Arc::clone(&requests), Arc::clone(&over), Arc::new(answering));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), seen, answering) = (stream, Arc::clone(&seen), Arc::clone(&answering)) else { continue };
                std::thread::spawn(move || converse(stream, &seen, &*answering));
            }
        });
        Self { address, requests, over }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> Vec<Asked> {
        self.requests.lock().unwrap().clone()
    }

    /// How many.
    pub(crate) fn asked(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn converse(stream: TcpStream, seen: &Requests, answering: &Answering) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let asked = Asked { head, body };
        seen.lock().unwrap().push(asked.clone());
        if reader.get_mut().write_all(answering(&asked).as_bytes()).is_err() {
            return;
        }
    }
}
