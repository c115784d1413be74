//! The one writer: a thread that owns the connection, and a handle that asks it.
//!
//! Asks that queue up while a transaction is on its way to the disk share the next one, so that many
//! outcomes cost one fsync. An ask is answered only after its transaction is on the disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior, ffi};
use tokio::sync::oneshot;

use super::open::{Identity, Opened, open};
use super::refusal::{OpenError, is_full};
use crate::model::{Advice, Timestamp};

/// Asks waiting for the writer at most; more wait in their senders.
const QUEUE: usize = 1_024;
/// Asks that share a transaction at most, so that none waits long.
const SHARED: usize = 500;
/// Nobody asks for this long: the work is done for now.
const LULL: Duration = Duration::from_secs(1);

/// Why the ledger did not do what it was asked. The transaction was rolled back.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LedgerError {
    /// No space left.
    #[error("the disk of the ledger is full")]
    Full,
    /// A page can't be read or written.
    #[error("the ledger can't be read or written ({0})")]
    Io(String),
    /// What was handed to the disk may not be on it.
    #[error("the disk of the ledger did not keep what it was given ({0})")]
    Unkept(String),
    /// Damaged.
    #[error("the ledger is damaged ({0})")]
    Corrupt(String),
    /// The writer has ended.
    #[error("the ledger is closed")]
    Closed,
    /// Anything else.
    #[error("the ledger refused: {0}")]
    Other(String),
}

impl Advice for LedgerError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Full => "free some space, nothing is lost",
            Self::Io(_) | Self::Unkept(_) => "check the disk",
            Self::Corrupt(_) => {
                "start the service again: the ledger is moved aside and rebuilt, and nothing in the tenant is touched by that"
            }
            Self::Closed | Self::Other(_) => return None,
        };
        Some(hint.to_owned())
    }
}

impl LedgerError {
    /// Whether it may pass by itself or by a person's doing while the program runs: a disk that is full, closed to
    /// writing or faulty. Whoever is told so stops claiming, says so, and tries again later; nothing is lost. Not so
    /// if the disk failed to keep what it had taken: the system may call lost pages written. The ledger must be opened
    /// anew then, which reads the log back from its beginning.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self, Self::Full | Self::Io(_))
    }
}

impl From<&rusqlite::Error> for LedgerError {
    fn from(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            _ if is_full(error) => Self::Full,
            Some(_) if is_unkept(error) => Self::Unkept(error.to_string()),
            Some(ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::Io(error.to_string()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

/// Whether the disk refused to make sure of what it had taken.
fn is_unkept(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code.is_some_and(|code| [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC].contains(&code))
}

/// Tells an asker what came of its ask, once the transaction's end is known.
type Answer = Box<dyn FnOnce(Option<&LedgerError>) + Send>;
/// One ask: what to do in the transaction; it hands back how to answer, or why the transaction must not be.
/// Without a transaction to run in, it only hands back how to answer.
type Ask = Box<dyn FnOnce(Result<&Connection, &LedgerError>) -> (Answer, Option<LedgerError>) + Send>;

/// A handle to the ledger. Cheap to clone; the ledger is closed when the last one is gone.
#[derive(Clone, Debug)]
pub struct Ledger(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Taken only when the last handle goes.
    asks: Option<SyncSender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has said so on stderr already.
            _ = thread.join();
        }
    }
}

impl Ledger {
    /// Opens the ledger for this process alone and starts its writer.
    pub fn open(path: &Path, identity: &Identity, now: Timestamp) -> Result<Self, OpenError> {
        let opened = open(path, identity, now)?;
        let (asks, asked) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("ledger".into())
            .spawn(move || serve(opened, &asked))
            .map_err(|source| OpenError::Directory { path: path.to_owned(), source })?;
        Ok(Self(Arc::new(Shared { asks: Some(asks), thread: Some(thread) })))
    }

    /// Runs `act` inside a transaction on the writer's thread, and answers when that is on the disk.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (tell, told) = oneshot::channel();
        let ask: Ask = Box::new(move |connection| {
            let outcome = connection
                .map_err(Clone::clone)
                .and_then(|connection| act(connection).map_err(|error| LedgerError::from(&error)));
            let (done, fault) = match outcome {
                Ok(done) => (Some(done), None),
                Err(fault) => (None, Some(fault)),
            };
            let answer: Answer = Box::new(move |failed| {
                let outcome = match (done, failed) {
                    (Some(done), None) => Ok(done),
                    (_, failed) => Err(failed.cloned().unwrap_or(LedgerError::Closed)),
                };
                // An asker that is gone needs no answer.
                _ = tell.send(outcome);
            });
            (answer, fault)
        });
        // The queue is full only while the disk is slow; then the asker's thread lends itself.
        let Some(asks) = &self.0.asks else { return Err(LedgerError::Closed) };
        match asks.try_send(ask) {
            Ok(()) => {}
            Err(TrySendError::Full(ask)) => {
                let asks = asks.clone();
                let sent = tokio::task::spawn_blocking(move || asks.send(ask).is_ok()).await;
                if !sent.unwrap_or(false) {
                    return Err(LedgerError::Closed);
                }
            }
            Err(TrySendError::Disconnected(_)) => return Err(LedgerError::Closed),
        }
        told.await.unwrap_or(Err(LedgerError::Closed))
    }
}

fn serve(opened: Opened, asked: &Receiver<Ask>) {
    let Opened { mut connection, lock } = opened;
    connection.set_prepared_statement_cache_capacity(64);
    while let Some(first) = next(&connection, asked) {
        let group: Vec<Ask> = std::iter::once(first).chain(asked.try_iter().take(SHARED - 1)).collect();
        together(&mut connection, group);
    }
    // The last handle is gone: leave a ledger that a reader without write access can open.
    _ = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
    drop(connection);
    drop(lock);
}

/// The next ask; none if the last handle is gone. While nobody asks, the page cache is given back: its pages were taken
/// in the midst of what a large pass took and would keep the heap from shrinking.
fn next(connection: &Connection, asked: &Receiver<Ask>) -> Option<Ask> {
    match asked.recv_timeout(LULL) {
        Ok(ask) => Some(ask),
        Err(RecvTimeoutError::Timeout) => {
            _ = connection.execute_batch("PRAGMA shrink_memory");
            asked.recv().ok()
        }
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

/// Runs the asks in one transaction. A failed one fails them all: it is a fault of the disk or of the program.
fn together(connection: &mut Connection, group: Vec<Ask>) {
    let mut answers = Vec::with_capacity(group.len());
    let mut fault = None;
    match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => {
            for ask in group {
                let (answer, failed) = ask(fault.as_ref().map_or(Ok(&transaction), Err));
                answers.push(answer);
                fault = fault.or(failed);
            }
            if fault.is_none() {
                fault = transaction.commit().err().map(|error| LedgerError::from(&error));
            }
        }
        Err(error) => {
            let error = LedgerError::from(&error);
            answers.extend(group.into_iter().map(|ask| ask(Err(&error)).0));
            fault = Some(error);
        }
    }
    for answer in answers {
        answer(fault.as_ref());
    }
}
