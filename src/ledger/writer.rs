//! The one writer: a thread that owns the connection, and a handle that asks it.
//!
//! Asks that queue up while a transaction is on its way to the disk share the next one, so that many
//! outcomes cost one fsync. An ask is answered only after its transaction is on the disk.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::LedgerError;
use super::lock::Lock;
use super::place::Place;
use super::reader::Reader;

/// Asks waiting for the writer at most; more wait in their senders.
const QUEUE: usize = 1_024;
/// Asks that share a transaction at most, so that none waits long.
const SHARED: usize = 500;
/// Nobody asks for this long: the work is done for now.
const LULL: Duration = Duration::from_secs(1);

/// Tells an asker what came of its ask, once the transaction's end is known.
type Answer = Box<dyn FnOnce(Option<&LedgerError>) + Send>;
/// One ask: what to do in the transaction; it hands back how to answer, or why the transaction must not be.
/// Without a transaction to run in, it only hands back how to answer.
type Ask = Box<dyn FnOnce(Result<&Reader, &LedgerError>) -> (Answer, Option<LedgerError>) + Send>;

/// A handle to the ledger. Cheap to clone; the ledger is closed when the last one is gone.
#[derive(Clone, Debug)]
pub struct Ledger(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    place: Place,
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
    /// Starts the writer of a ledger that was opened for this process alone.
    pub(super) fn start(connection: Connection, lock: Lock) -> io::Result<Self> {
        let (asks, asked) = sync_channel(QUEUE);
        let place = Place::of(lock.ledger());
        let seen = place.clone();
        let thread = thread::Builder::new().name("ledger".into()).spawn(move || serve(connection, &lock, &seen, &asked))?;
        Ok(Self(Arc::new(Shared { place, asks: Some(asks), thread: Some(thread) })))
    }

    /// Whether its files still lie where they were opened.
    pub(crate) fn check_place(&self) -> Result<(), LedgerError> {
        self.0.place.check()
    }

    /// Reads on the writer's thread, after all that it was asked before.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.ask(read).await
    }

    /// Writes in a transaction on the writer's thread, and answers when that is on the disk.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.ask(|reader| Ok(write(&reader.0)?)).await
    }

    /// Runs `act` inside a transaction on the writer's thread, and answers when that is on the disk.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Reader) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (tell, told) = oneshot::channel();
        let ask: Ask = Box::new(move |reader| {
            let (done, fault) = match reader.map_err(Clone::clone).and_then(act) {
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

fn serve(connection: Connection, lock: &Lock, place: &Place, asked: &Receiver<Ask>) {
    connection.set_prepared_statement_cache_capacity(64);
    let reader = Reader(connection);
    let written_by_others = data_version(&reader.0);
    let mut is_sound = true;
    while let Some(first) = next(&reader.0, asked) {
        let group: Vec<Ask> = std::iter::once(first).chain(asked.try_iter().take(SHARED - 1)).collect();
        is_sound &= together(&reader, place, group);
    }
    // The last handle is gone: leave a ledger that a reader without write access can open.
    is_sound &= reader.0.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);").is_ok();
    is_sound &= place.check().is_ok();
    is_sound &= written_by_others.is_some() && data_version(&reader.0) == written_by_others;
    drop(reader);
    // Whatever went wrong meanwhile may be the ledger itself. Without a seal it is looked through again, no more.
    if is_sound {
        _ = lock.seal();
    }
}

/// Another number for each time that another connection wrote.
fn data_version(connection: &Connection) -> Option<i64> {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0)).ok()
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

/// Runs the asks in one transaction. A failed one fails them all: it is a fault of the disk or of the program. Says whether
/// there was none. Into a file that nobody finds any more, nothing is written.
fn together(reader: &Reader, place: &Place, group: Vec<Ask>) -> bool {
    let mut answers = Vec::with_capacity(group.len());
    let mut fault = None;
    // Nobody else uses this connection, so that no other transaction is open.
    let of = |error| LedgerError::of(&reader.0, error);
    let begun = || Transaction::new_unchecked(&reader.0, TransactionBehavior::Immediate).map_err(of);
    match place.check().and_then(|()| begun()) {
        Ok(transaction) => {
            for ask in group {
                let (answer, failed) = ask(fault.as_ref().map_or(Ok(reader), Err));
                answers.push(answer);
                fault = fault.or(failed);
            }
            if fault.is_none() {
                fault = transaction.commit().err().map(of);
            }
        }
        Err(error) => {
            answers.extend(group.into_iter().map(|ask| ask(Err(&error)).0));
            fault = Some(error);
        }
    }
    for answer in answers {
        answer(fault.as_ref());
    }
    fault.is_none()
}
