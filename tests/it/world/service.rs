//! The service under watch: the real program with a supervisor that listens, and its pages.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Outcome, Spawned, World};

/// A service at work, and what it told its supervisor, each with when it was heard.
pub(crate) struct Service {
    pub(crate) run: Spawned,
    heard: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Service {
    /// Starts it, and waits until it says that it is ready.
    pub(crate) fn ready(world: &World) -> Self {
        let service = Self::start(world, &[]);
        world.until("READY=1", || service.count("READY=1") == 1);
        service
    }

    /// Starts it with variables of the environment.
    pub(crate) fn start(world: &World, variables: &[(&str, &str)]) -> Self {
        let path = world.path(&format!("notify-{}.sock", fastrand::u32(..)));
        let socket = UnixDatagram::bind(&path).unwrap();
        let mut command = world.command(&["run"]);
        command.env("NOTIFY_SOCKET", &path).envs(variables.iter().copied());
        let run = Spawned::start(&mut command);
        Self { run, heard: listen(socket) }
    }

    /// Waits for the end; what came of it, and all that was told.
    pub(crate) fn finish(self) -> (Outcome, Vec<String>) {
        let outcome = self.run.finish();
        let heard = self.heard.lock().unwrap().iter().map(|(_, line)| line.clone()).collect();
        (outcome, heard)
    }

    /// What was told so far, line by line.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|(_, line)| line.clone()).collect()
    }

    /// How often a line was told.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.heard().iter().filter(|heard| *heard == line).count()
    }

    /// When a line was told.
    pub(crate) fn moments(&self, line: &str) -> Vec<Instant> {
        self.heard.lock().unwrap().iter().filter(|(_, heard)| heard == line).map(|(at, _)| *at).collect()
    }

    /// Whether a status line holds these words.
    pub(crate) fn shows(&self, words: &str) -> bool {
        self.heard().iter().any(|line| line.starts_with("STATUS=") && line.contains(words))
    }
}

/// Hears what is told to a supervisor, until the test ends.
fn listen(socket: UnixDatagram) -> Arc<Mutex<Vec<(Instant, String)>>> {
    let heard = Arc::<Mutex<Vec<(Instant, String)>>>::default();
    let kept = Arc::clone(&heard);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length) = socket.recv(&mut buffer) {
            #[expect(clippy::disallowed_methods, reason = "a test measures another process")]
            let now = Instant::now();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            kept.lock().unwrap().extend(text.lines().map(|line| (now, line.to_owned())));
        }
    });
    heard
}

/// `status.json`, as it stands on the disk.
pub(crate) fn status(world: &World) -> Value {
    let bytes = std::fs::read(world.ledger().with_file_name("status.json")).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// How the service stands, as its control socket says: `status.json` may be a second behind.
pub(crate) fn status_now(world: &World) -> Value {
    let mut stream = UnixStream::connect(world.ledger().with_file_name("control.sock")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// A page of the service: its status code and its text.
pub(crate) fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// A port that nobody listens at just now.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
