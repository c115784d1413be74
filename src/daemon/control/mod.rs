//! The control socket: what commands ask of the service that holds the ledger. One line of JSON each way.
//!
//! The socket can be opened by the service's user only; whoever may open it may open the ledger too.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::board::Board;
use super::books::beside;
use crate::engine::{DriftSummary, Engine, Standing, Until, Which};
use crate::ledger::{Ledger, LedgerError};
use crate::model::{Advice, PassCause, Timestamp};

/// Bytes of a request or an answer at most: a line for each of some hundred thousand targets.
const LONGEST: u64 = 64 << 20;
/// A request and its answer take this long at most; a ledger held by somebody else answers after 5 s.
const PATIENCE: Duration = Duration::from_secs(10);
/// Commands served at once; more wait.
const AT_ONCE: usize = 8;
/// A pause after a failed accept (no file descriptors left), so that it can't spin.
const REST: Duration = Duration::from_millis(100);

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// How the service stands.
    Status,
    /// Blocked and waiting targets become due: these, or all.
    Retry {
        /// Names, object ids or files.
        targets: Option<Vec<String>>,
    },
    /// These backups go back to their targets, and stay there until the file changes.
    Restore {
        /// Targets as the ledger names them, each with the number of its backup.
        which: Vec<(String, i64)>,
        /// It undoes a pass.
        undo: bool,
    },
    /// Delivered photos are compared with the tenant. It ends early when nobody waits for the answer any more.
    Verify {
        /// Targets as the ledger names them; all if none.
        targets: Option<Vec<String>>,
        /// Ends it after so many milliseconds.
        max_duration_ms: Option<u64>,
    },
    /// The next pass, which is made at once, goes past the halt that stands.
    Force,
    /// A name that now leads to another account may take its photo there.
    Accept {
        /// A name, object id or file.
        target: String,
    },
}

/// What came of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// How the service stands, as in `status.json`.
    Status(Value),
    /// So many targets or files were changed.
    Changed(usize),
    /// It is under way, as this pass of the journal.
    Begun(i64),
    /// What comparing found.
    Verified(DriftSummary),
    /// The next pass goes past this.
    Forcing(String),
    /// It was not done, and why.
    Refused(String),
}

/// Why nothing can be asked of a service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// Nobody listens: no service runs, or not for this ledger.
    #[error("no service answers at {}", path.display())]
    Nobody {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It does not answer as it should.
    #[error("the running service does not answer")]
    Silent(#[source] io::Error),
    /// It would not.
    #[error("the running service refused: {0}")]
    Refused(String),
}

/// The socket of the service that holds this ledger.
fn socket(ledger: &Path) -> PathBuf {
    beside(ledger, "control.sock")
}

/// Asks the service that holds this ledger.
pub(crate) async fn ask(ledger: &Path, request: &Request) -> Result<Answer, ControlError> {
    exchange(ledger, request, None).await
}

/// Asks for what takes its time. Cancelled, it tells the service that nobody waits any more; the answer is what was done
/// until then.
pub(crate) async fn ask_at_length(
    ledger: &Path,
    request: &Request,
    cancelled: &CancellationToken,
) -> Result<Answer, ControlError> {
    exchange(ledger, request, Some(cancelled)).await
}

async fn exchange(ledger: &Path, request: &Request, at_length: Option<&CancellationToken>) -> Result<Answer, ControlError> {
    let path = socket(ledger);
    let stream = match UnixStream::connect(&path).await {
        Ok(stream) => stream,
        Err(source) => return Err(ControlError::Nobody { path, source }),
    };
    let asking = async {
        let (read, mut write) = stream.into_split();
        tokio::time::timeout(PATIENCE, write.write_all(&line(request)?)).await??;
        let (mut read, mut text) = (BufReader::new(read.take(LONGEST)), String::new());
        let mut reading = pin!(read.read_line(&mut text));
        let done = match at_length {
            Some(cancelled) => cancelled.run_until_cancelled(&mut reading).await,
            None => None,
        };
        if done.is_none() && at_length.is_some() {
            // Closing this end says it.
            drop(write);
        }
        match done {
            Some(done) => done?,
            None => tokio::time::timeout(PATIENCE, reading).await??,
        };
        serde_json::from_str(&text).map_err(io::Error::other)
    };
    match asking.await.map_err(ControlError::Silent)? {
        Answer::Refused(why) => Err(ControlError::Refused(why)),
        answer => Ok(answer),
    }
}

fn line(document: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(document).map_err(io::Error::other)?;
    line.push(b'\n');
    Ok(line)
}

/// What requests are answered from.
#[derive(Clone)]
pub(super) struct Desk {
    /// That of the configuration in force.
    pub(super) engine: watch::Receiver<Engine>,
    pub(super) ledger: Ledger,
    pub(super) standing: Arc<Standing>,
    pub(super) board: Arc<Board>,
}

/// The socket, and its removal.
pub(super) struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Opens the socket. Who holds the ledger's lock is alone: what lies there is left over from one who died.
    pub(super) fn open(ledger: &Path) -> io::Result<Self> {
        let path = socket(ledger);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Answers until cancelled.
    pub(super) async fn serve(self, desk: Desk, cancelled: CancellationToken) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut visits = tokio::task::JoinSet::new();
        while !cancelled.is_cancelled() {
            let visit = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (self.listener.accept().await, place)
            };
            tokio::select! {
                (accepted, place) = visit => match accepted {
                    Ok((stream, _)) => {
                        let desk = desk.clone();
                        visits.spawn(async move {
                            _ = desk.serve(stream).await;
                            drop(place);
                        });
                    }
                    Err(_) => tokio::time::sleep(REST).await,
                },
                Some(_) = visits.join_next() => {}
                () = cancelled.cancelled() => {}
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // One that stays is replaced by the next service.
        _ = std::fs::remove_file(&self.path);
    }
}

impl Desk {
    async fn serve(&self, stream: UnixStream) -> io::Result<()> {
        let (read, mut write) = stream.into_split();
        let (mut read, mut text) = (BufReader::new(read.take(LONGEST)), String::new());
        tokio::time::timeout(PATIENCE, read.read_line(&mut text)).await??;
        let answer = match serde_json::from_str::<Request>(&text) {
            Ok(Request::Verify { targets, max_duration_ms }) => self.verify(targets, max_duration_ms, read).await,
            Ok(request) => tokio::time::timeout(PATIENCE, self.answer(request)).await?,
            Err(error) => Ok(Answer::Refused(format!("the request can't be understood: {error}"))),
        };
        let answer = answer.unwrap_or_else(|error| Answer::Refused(error.advice()));
        tokio::time::timeout(PATIENCE, write.write_all(&line(&answer)?)).await?
    }

    /// Compares for as long as the one who asked stays.
    async fn verify(
        &self,
        targets: Option<Vec<String>>,
        max_duration_ms: Option<u64>,
        mut asker: impl AsyncRead + Unpin,
    ) -> Result<Answer, LedgerError> {
        let only = targets.map(|targets| targets.iter().map(|target| target.parse()).collect::<Result<_, _>>().map(Arc::new));
        let Ok(only) = only.transpose() else { return Ok(Answer::Refused("a target can't be understood".to_owned())) };
        let which = Which { before: Timestamp::from_millis(i64::MAX), only, behind: None };
        let cancelled = CancellationToken::new();
        let max_duration = max_duration_ms.map(Duration::from_millis);
        let until = Until { patience: Duration::ZERO, max_duration, limit: None, cancelled: cancelled.clone() };
        let engine = self.engine.borrow().clone();
        let mut verifying = pin!(engine.verify(&self.ledger, &which, &until));
        let gone = async { while asker.read_u8().await.is_ok() {} };
        let summary = tokio::select! {
            summary = &mut verifying => summary,
            () = gone => {
                cancelled.cancel();
                verifying.await
            }
        }?;
        self.standing.nudge.notify_one();
        self.board.recount();
        tracing::info!(
            checked = summary.checked,
            changed = summary.changed,
            gone = summary.gone,
            "A command had {} delivered photos compared with the tenant",
            summary.checked
        );
        Ok(Answer::Verified(summary))
    }

    async fn restore(&self, which: &[(String, i64)], undo: bool) -> Result<Answer, LedgerError> {
        let named: Vec<_> = which.iter().filter_map(|(target, backup)| Some((target.parse().ok()?, *backup))).collect();
        if named.len() < which.len() {
            return Ok(Answer::Refused("a target can't be understood".to_owned()));
        }
        let count = named.len();
        let pass =
            self.ledger.begin_pass(if undo { PassCause::Undo } else { PassCause::Restore }, self.board.clock.now()).await?;
        self.ledger.restore(named, self.board.clock.now()).await?;
        let summary = serde_json::json!({ "pass": pass, "wanted": count });
        self.ledger.end_pass(pass, summary.to_string(), self.board.clock.now()).await?;
        // What comes of them is journaled under it.
        self.standing.committed(pass);
        self.board.recount();
        tracing::info!(pass, "A command has {count} kept photos put back");
        Ok(Answer::Begun(pass))
    }

    fn force(&self) -> Answer {
        let Some(halt) = self.board.now().halted else {
            return Answer::Refused("it is not halted: there is nothing to go past".to_owned());
        };
        tracing::warn!(guard = halt.reason.as_str(), "A command has the next pass go past the halt: {}", halt.message);
        self.standing.force_next();
        Answer::Forcing(halt.message)
    }

    async fn answer(&self, request: Request) -> Result<Answer, LedgerError> {
        let count = match request {
            Request::Status => return Ok(Answer::Status(serde_json::to_value(self.board.now()).unwrap_or_default())),
            Request::Restore { which, undo } => return self.restore(&which, undo).await,
            Request::Force => return Ok(self.force()),
            Request::Verify { .. } => return Ok(Answer::Refused("that takes longer than an answer may".to_owned())),
            Request::Retry { targets } => self.ledger.retry(targets, self.board.clock.now()).await?,
            Request::Accept { target } => self.ledger.accept(target, self.board.clock.now()).await?,
        };
        // What is due is sent, and what is held is looked at again.
        self.standing.nudge.notify_one();
        self.standing.look.notify_one();
        self.board.recount();
        tracing::info!("A command made {count} due or free to move");
        Ok(Answer::Changed(count))
    }
}
