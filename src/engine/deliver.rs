//! Delivers one photo: read, check, prepare; then PUT. Touches no ledger and holds nothing across the network but the bytes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::Engine;
use super::outcome::of_file;
use super::picture::remarks;
use crate::graph::{Accepted, Class, Failure};
use crate::ledger::{Due, DueAction};
use crate::model::{Digest, Fingerprint, Outcome, PhotoVersion, Problem, Reason, SourcePath, Timestamp};
use crate::photo::{Format, is_cut_short, sniff};
use crate::source::{Reading, read};

/// Accounts without a mailbox take no more than 100 KB.
pub(super) const SMALL: usize = 100_000;

/// A picture that is cut short may still be being written for so long after the last byte came: copies over a slow line
/// pause, and not every program says that it writes. After that it is held as corrupt.
const UNFINISHED: Duration = Duration::from_secs(30);

/// What is ready to be sent.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    /// A photo; `small` if it is the smaller rendition.
    Photo {
        /// The JPEG.
        jpeg: Bytes,
        /// Made smaller than the recipe says, since the target refused the usual one; or can't be made smaller.
        small: bool,
        /// What else is known of it.
        about: Arc<About>,
    },
    /// Our photo is to be taken out, if it is still the one that Graph called so.
    Removal {
        /// What Graph called it.
        etag: Option<String>,
    },
}

/// What is known of a finished photo.
#[derive(Debug)]
pub(super) struct About {
    /// Hash of the JPEG.
    pub(super) digest: Digest,
    /// What is worth telling about it; empty if nothing is.
    pub(super) remarks: String,
}

impl Parcel {
    /// Whether a smaller rendition could be made of it.
    pub(super) fn is_large(&self) -> bool {
        matches!(self, Self::Photo { jpeg, small: false, .. } if jpeg.len() > SMALL)
    }

    /// What the journal says about it.
    pub(super) fn note(&self) -> Option<String> {
        let Self::Photo { small, about, .. } = self else { return None };
        let smaller = (*small && self.bytes() <= SMALL as u64).then(|| format!("a smaller rendition of {} bytes", self.bytes()));
        let remarks = Some(about.remarks.clone()).filter(|remarks| !remarks.is_empty());
        let all: Vec<String> = smaller.into_iter().chain(remarks).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    pub(super) const fn is_photo(&self) -> bool {
        matches!(self, Self::Photo { .. })
    }

    pub(super) fn digest(&self) -> Option<Digest> {
        match self {
            Self::Photo { about, .. } => Some(about.digest),
            Self::Removal { .. } => None,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Photo { jpeg, .. } => jpeg.len() as u64,
            Self::Removal { .. } => 0,
        }
    }
}

impl Engine {
    /// Makes ready what is wanted at a target: reads the file, checks that it is still the one, prepares the picture.
    pub(super) async fn make_ready(&self, want: DueAction, small: bool) -> Result<Parcel, Outcome> {
        let (path, version, given) = match want {
            DueAction::Upload { path, version, given } => (path, version, given),
            DueAction::Remove { etag } => return Ok(Parcel::Removal { etag }),
            DueAction::Restore { kept, etag, .. } => {
                let engine = self.clone();
                let former = tokio::task::spawn_blocking(move || engine.former(kept, etag)).await;
                let panicked = |error: tokio::task::JoinError| Err(Problem::new(Reason::NoBackup, error.to_string()));
                return former.unwrap_or_else(panicked).map_err(|problem| Outcome::Blocked { problem });
            }
        };
        let engine = self.clone();
        match tokio::task::spawn_blocking(move || engine.ready(&path, &version, small)).await {
            Ok(Ok(parcel)) if given.is_some() && parcel.digest() == given => Err(Outcome::Same),
            Ok(Ok(parcel)) => Ok(parcel),
            Ok(Err(outcome)) => Err(outcome),
            // A decoder that panics is a picture that can't be used; the others go on.
            Err(panicked) => {
                let problem = Problem::new(Reason::PhotoCorrupt, format!("the picture can't be prepared ({panicked})"));
                Err(Outcome::Blocked { problem })
            }
        }
    }

    /// Hands a parcel to Graph.
    pub(super) async fn send(&self, due: &Due, parcel: Parcel) -> Result<(Outcome, Accepted), Failure> {
        let target = &due.target;
        let ours = match parcel {
            Parcel::Photo { jpeg, .. } => {
                let accepted = self.graph.put_photo(target, jpeg).await?;
                let etag = match &accepted.etag {
                    // Who may have to take the photo out again, or to keep what somebody puts there later, must know it.
                    None if self.must_know_ours(due) => self.graph.photo_etag(target).await.unwrap_or_default(),
                    told => told.clone(),
                };
                return Ok((Outcome::Delivered { etag }, accepted));
            }
            Parcel::Removal { etag } => etag,
        };
        // Our photo goes out of the tenant, unless somebody has put another one there.
        match self.graph.photo_etag(target).await.map_err(open_still)? {
            None => Ok((Outcome::Removed, Accepted::default())),
            // What can't be recognised as ours may be somebody else's.
            Some(there) if ours.as_ref() != Some(&there) => Ok((Outcome::NotOurs, Accepted::default())),
            Some(_) => {
                let accepted = self.graph.delete_photo(target).await.map_err(open_still)?;
                Ok((Outcome::Removed, accepted))
            }
        }
    }

    /// Whether what Graph calls the photo is worth one more request.
    fn must_know_ours(&self, due: &Due) -> bool {
        let watched = self.backup.before_first_overwrite || self.drift.check_every.is_some();
        (watched || self.scope.delete_on_opt_out || self.removal.delete) && matches!(due.action, DueAction::Upload { .. })
    }

    /// The picture that is to be sent, if the file still holds it.
    fn ready(&self, path: &SourcePath, version: &PhotoVersion, small: bool) -> Result<Parcel, Outcome> {
        let Reading { bytes, digest, fingerprint } = read(&self.source, path).map_err(of_file)?;
        if digest != version.digest || self.recipe.id() != version.recipe {
            return Err(Outcome::Superseded);
        }
        let given = bytes.as_ptr_range();
        let smaller = small.then(|| self.recipe.smaller(SMALL));
        let recipe = smaller.as_ref().unwrap_or(&self.recipe);
        let prepared =
            self.picture(bytes.clone(), recipe).map_err(|problem| self.unless_unfinished(problem, &bytes, &fingerprint))?;
        drop(bytes);
        // What travels byte for byte was hashed when it was read.
        let untouched = prepared.jpeg.as_ptr_range() == given;
        let digest = if untouched { version.digest } else { Digest::of(&prepared.jpeg) };
        let about = Arc::new(About { digest, remarks: remarks(path, &prepared).join("; ") });
        Ok(Parcel::Photo { jpeg: prepared.jpeg, small, about })
    }

    /// A picture that can't be used, unless its writing may not be finished: then it is given time.
    fn unless_unfinished(&self, problem: Problem, bytes: &[u8], stamps: &Fingerprint) -> Outcome {
        let converted = self.converter.is_some() && sniff(bytes) == Some(Format::Heic);
        let is_broken = problem.reason == Reason::PhotoCorrupt || (converted && problem.reason == Reason::PhotoUnsupported);
        let until = Timestamp::from_millis(stamps.mtime_ns / 1_000_000).plus(UNFINISHED);
        let now = self.clock.now();
        // A stamp from the future is none that the time to come will make older.
        let is_young = now < until && until <= now.plus(UNFINISHED);
        if !(is_broken && is_young && is_cut_short(bytes)) {
            return of_file(problem);
        }
        let detail = format!("the file was written a moment ago and ends early: {}", problem.detail);
        Outcome::Wait { until, problem: Problem::new(Reason::FileChanging, detail), counts: false }
    }
}

/// What is there can't be concluded from a mailbox that is out of reach, or from an account that one service does not know:
/// a removal, or the copy of what is to be replaced, stays due.
pub(super) fn open_still(failure: Failure) -> Failure {
    match failure.class {
        Class::TargetMissing
        | Class::TargetNotReady
        | Class::NoMailbox
        | Class::NoExchange
        | Class::Guest
        | Class::FewTries
        | Class::Bug => failure.undecided(),
        _ => failure,
    }
}

/// As many pictures are prepared at once as there are cores: more would only take memory from each other.
#[derive(Debug)]
pub(crate) struct Kitchen {
    free: std::sync::Mutex<usize>,
    left: std::sync::Condvar,
}

/// A place in the kitchen.
pub(super) struct Turn<'a>(&'a Kitchen);

impl Kitchen {
    /// With a place for each core.
    pub(crate) fn new() -> Arc<Self> {
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
