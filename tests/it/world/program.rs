//! The program as a process: started, signalled, heard to its end.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::PATIENCE;

/// How a command ended.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A command at work; killed when dropped.
pub(crate) struct Spawned {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

/// The program, with nothing of the surroundings that could change its ways.
pub(crate) fn photosyncd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_photosyncd"));
    for name in ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IMDS_ENDPOINT", "AZURE_FEDERATED_TOKEN_FILE", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    for name in ["STATE_DIRECTORY", "PHOTOSYNCD_CONFIG", "JOURNAL_STREAM", "CREDENTIALS_DIRECTORY"] {
        command.env_remove(name);
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name);
    }
    command
}

impl Spawned {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = drain(child.stdout.take().unwrap());
        let err = drain(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    /// Waits for the end; a command that hangs is killed and fails the test.
    pub(crate) fn finish(mut self) -> Outcome {
        let Ok(stdout) = self.out.recv_timeout(PATIENCE) else {
            let _ = self.child.kill();
            let stderr = self.err.recv_timeout(PATIENCE).unwrap_or_default();
            panic!("the command hangs\n{stderr}");
        };
        let stderr = self.err.recv_timeout(PATIENCE).unwrap();
        let code = self.child.wait().unwrap().code();
        Outcome { code, stdout, stderr }
    }

    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// SIGSTOP: it does nothing until [`go_on`](Self::go_on).
    pub(crate) fn halt(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// SIGCONT.
    pub(crate) fn go_on(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    /// SIGHUP.
    pub(crate) fn hang_up(&self) {
        self.signal(rustix::process::Signal::HUP);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

impl Outcome {
    /// Checks the exit code; shows what was said if it is another one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Checks that all of this was said to the person.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            let said = self.stdout.contains(word) || self.stderr.contains(word);
            assert!(said, "{word:?} was not said\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        }
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// The problems of a file in the JSON of `reconcile`.
    #[track_caller]
    pub(crate) fn problem(&self, path: &str) -> Value {
        let json = self.json();
        let problems = json["problems"].as_array().unwrap();
        let found = problems.iter().find(|problem| problem["path"] == path);
        found.unwrap_or_else(|| panic!("no problem of {path} in\n{}", self.stdout)).clone()
    }
}
