//! Delivers one photo: read, check, prepare, PUT. Touches no ledger and holds nothing across the network but the bytes.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use super::outcome::of_file;
use crate::graph::{Accepted, Failure};
use crate::ledger::{Due, Want};
use crate::model::{Outcome, PhotoVersion, Problem, Reason, SourcePath, Trace};
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
    /// Tries to do what is wanted at one target.
    pub(super) async fn deliver(&self, due: &Due) -> Tried {
        match &due.want {
            Want::Photo { path, version } => self.put(due, path.clone(), version.clone()).await,
            Want::Nothing { etag } => self.remove(due, etag.as_deref()).await,
        }
    }

    /// Takes our photo out of the tenant, unless somebody has put another one there.
    async fn remove(&self, due: &Due, ours: Option<&str>) -> Tried {
        let started = self.clock.elapsed();
        let answer = match self.graph.photo_etag(&due.target).await {
            Ok(None) => Ok((Outcome::Removed, Accepted::default())),
            Ok(Some(there)) if ours.is_some_and(|ours| ours != there) => Ok((Outcome::NotOurs, Accepted::default())),
            Ok(Some(_)) => self.graph.delete_photo(&due.target).await.map(|accepted| (Outcome::Removed, accepted)),
            Err(failure) => Err(failure),
        };
        self.tried(due, answer, 0, started)
    }

    async fn put(&self, due: &Due, path: SourcePath, version: PhotoVersion) -> Tried {
        let started = self.clock.elapsed();
        let engine = self.clone();
        let prepared = tokio::task::spawn_blocking(move || engine.ready(&path, &version)).await;
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
        self.tried(due, answer.map(|accepted| (Outcome::Delivered { etag: accepted.etag.clone() }, accepted)), bytes, started)
    }

    /// What Graph's answer comes to.
    fn tried(&self, due: &Due, answer: Result<(Outcome, Accepted), Failure>, bytes: u64, started: Duration) -> Tried {
        let elapsed_ms = u64::try_from(self.clock.elapsed().saturating_sub(started).as_millis()).unwrap_or(u64::MAX);
        match answer {
            Ok((outcome, Accepted { status, request_id, .. })) => Tried {
                outcome,
                trace: Trace { status: Some(status).filter(|status| *status > 0), code: None, request_id, bytes, elapsed_ms },
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
    fn ready(&self, path: &SourcePath, version: &PhotoVersion) -> Result<Prepared, Problem> {
        let reading = read(&self.source, path)?;
        if reading.digest != version.digest || self.recipe.id() != version.recipe {
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
    pub(super) fn enter(&self) -> Turn<'_> {
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
