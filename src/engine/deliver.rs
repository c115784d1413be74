//! Delivers one photo: read, check, prepare, PUT. Touches no ledger and holds nothing across the network but the bytes.

use std::sync::Arc;

use super::Engine;
use super::outcome::of_file;
use crate::graph::{Accepted, Failure};
use crate::ledger::Due;
use crate::model::{Outcome, Problem, Reason, Trace};
use crate::photo::{Prepared, prepare};
use crate::source::read;

/// What came of a try, and what the pacer must know of it.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) outcome: Outcome,
    pub(super) trace: Trace,
    pub(super) failure: Option<Failure>,
}

impl Engine {
    /// Tries to deliver one photo.
    pub(super) async fn deliver(&self, due: &Due) -> Tried {
        let started = self.clock.elapsed();
        let (engine, wanted) = (self.clone(), due.clone());
        let prepared = tokio::task::spawn_blocking(move || engine.ready(&wanted)).await;
        let prepared = match prepared {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(problem)) => return Tried { outcome: of_file(problem), trace: Trace::default(), failure: None },
            // A decoder that panics is a picture that can't be used; the others go on.
            Err(panicked) => {
                let problem = Problem::new(Reason::PhotoCorrupt, format!("the picture can't be prepared ({panicked})"));
                return Tried { outcome: Outcome::Blocked { problem }, trace: Trace::default(), failure: None };
            }
        };
        let bytes = prepared.jpeg.len() as u64;
        let answer = self.graph.put_photo(&due.target, prepared.jpeg).await;
        let elapsed_ms = u64::try_from(self.clock.elapsed().saturating_sub(started).as_millis()).unwrap_or(u64::MAX);
        match answer {
            Ok(Accepted { status, etag, request_id, .. }) => Tried {
                outcome: Outcome::Delivered { etag },
                trace: Trace { status: Some(status), code: None, request_id, bytes, elapsed_ms },
                failure: None,
            },
            Err(failure) => Tried {
                outcome: self.outcome(due, &failure, self.clock.now()),
                trace: Trace {
                    status: failure.status,
                    code: failure.code.clone(),
                    request_id: failure.request_id.clone(),
                    bytes,
                    elapsed_ms,
                },
                failure: Some(failure),
            },
        }
    }

    /// The picture that is to be sent, if the file still holds it.
    fn ready(&self, due: &Due) -> Result<Prepared, Problem> {
        let reading = read(&self.source, &due.path)?;
        if reading.digest != due.version.digest || self.recipe.id() != due.version.recipe {
            return Err(Problem::new(Reason::FileChanging, "the file changed since it was looked at"));
        }
        let _turn = self.kitchen.enter();
        prepare(reading.bytes, &self.recipe, &self.limits)
    }
}

/// As many pictures are prepared at once as there are cores: more would only take memory from each other.
#[derive(Debug)]
pub struct Kitchen {
    free: std::sync::Mutex<usize>,
    left: std::sync::Condvar,
}

/// A place in the kitchen.
pub(super) struct Turn<'a>(&'a Kitchen);

impl Kitchen {
    /// With a place for each core.
    pub fn new() -> Arc<Self> {
        let places = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Arc::new(Self { free: std::sync::Mutex::new(places), left: std::sync::Condvar::new() })
    }

    /// Waits for a place. Blocks: for threads that may.
    fn enter(&self) -> Turn<'_> {
        let free = self.free.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut free = self.left.wait_while(free, |free| *free == 0).unwrap_or_else(std::sync::PoisonError::into_inner);
        *free -= 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
        self.0.left.notify_one();
    }
}
